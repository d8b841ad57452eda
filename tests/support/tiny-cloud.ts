/**
 * A cloud of named things, as strict as Azure where it matters to the engine layer: what exists cannot be created again, and what is gone
 * cannot be changed. Speaks Pulumi's provider protocol.
 */
import grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

export type Thing = Record<string, unknown> & { name: string };

export interface TinyCloud {
  port: number;
  things: Map<string, Thing>;
  /** "create a", "update a", "delete a": all that was done, in order. */
  log: string[];
  /** Called when a change is in the cloud and before the engine hears of it. */
  onWrite: (count: number) => void | Promise<void>;
  lookup(pending: { type: string; inputs: Record<string, unknown> }): string | undefined;
  close(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: one handler per call of the protocol, each with a request of its own type.
type Request = any;

const idOf = ({ name }: Thing) => `/things/${name}`;

export async function tinyCloud(): Promise<TinyCloud> {
  const things = new Map<string, Thing>();
  const log: string[] = [];
  const cloud: Omit<TinyCloud, "port"> = {
    things,
    log,
    onWrite: () => {},
    lookup: ({ inputs }) => (things.has(idOf(inputs as Thing)) ? idOf(inputs as Thing) : undefined),
    close: () => server.forceShutdown(),
  };
  const wrote = async (what: string, { name }: Thing) => {
    log.push(`${what} ${name}`);
    await cloud.onWrite(log.length);
  };
  const plain = (value?: { toJavaScript(): object }) => (value?.toJavaScript() ?? {}) as Thing;
  const encoded = (thing: Thing) => struct.Struct.fromJavaScript(thing as Record<string, struct.JavaScriptValue>);
  /** The cloud gives each thing an address that no input has. */
  const shown = (thing: Thing) => encoded({ ...thing, address: `at ${thing.name}` });
  const unary =
    (handler: (request: Request) => unknown) =>
    (call: { request: unknown }, answer: (error: object | null, response?: unknown) => void) => {
      Promise.resolve()
        .then(() => handler(call.request))
        .then(
          (response) => answer(null, response),
          (error: Error) => answer({ code: grpc.status.UNKNOWN, message: error.message }),
        );
    };
  const response = <T>(type: new () => T, fill: (response: T) => void = () => {}) => {
    const made = new type();
    fill(made);
    return made;
  };

  const provider: Record<string, unknown> = {
    handshake: unary(() => response(messages.ProviderHandshakeResponse, (r) => r.setAcceptSecrets(true))),
    checkConfig: unary((q) => response(messages.CheckResponse, (r) => r.setInputs(q.getNews()))),
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary(() => response(messages.ConfigureResponse, (r) => r.setSupportspreview(true))),
    getPluginInfo: unary(() => response(plugin.PluginInfo, (r) => r.setVersion("1.0.0"))),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => new empty.Empty()),
    check: unary((q) => {
      if (plain(q.getNews()).color === "plaid") throw new Error("plaid is not a colour of things");
      return response(messages.CheckResponse, (r) => r.setInputs(q.getNews()));
    }),
    diff: unary((q) => {
      const [old, now] = [plain(q.getOldInputs()), plain(q.getNews())];
      const changed = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
        (key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]),
      );
      return response(messages.DiffResponse, (r) => {
        r.setChanges(
          changed.length > 0 ? messages.DiffResponse.DiffChanges.DIFF_SOME : messages.DiffResponse.DiffChanges.DIFF_NONE,
        );
        r.setDiffsList(changed);
        r.setReplacesList(changed.filter((key) => key === "name"));
      });
    }),
    create: unary(async (q) => {
      const thing = plain(q.getProperties());
      if (q.getPreview()) return response(messages.CreateResponse, (r) => r.setProperties(q.getProperties()));
      if (things.has(idOf(thing))) throw new Error(`${thing.name} exists already`);
      things.set(idOf(thing), thing);
      await wrote("create", thing);
      return response(messages.CreateResponse, (r) => {
        r.setId(idOf(thing));
        r.setProperties(shown(thing));
      });
    }),
    update: unary(async (q) => {
      const thing = plain(q.getNews());
      if (!q.getPreview()) {
        if (!things.has(q.getId())) throw new Error(`${thing.name} is not there`);
        things.set(q.getId(), thing);
        await wrote("update", thing);
      }
      return response(messages.UpdateResponse, (r) => r.setProperties(shown(thing)));
    }),
    delete: unary(async (q) => {
      const thing = things.get(q.getId());
      if (!thing) throw new Error(`${q.getId()} is not there`);
      things.delete(q.getId());
      await wrote("delete", thing);
      return new empty.Empty();
    }),
    read: unary((q) => {
      const thing = things.get(q.getId());
      return response(messages.ReadResponse, (r) => {
        if (!thing) return;
        r.setId(q.getId());
        r.setInputs(encoded(thing));
        r.setProperties(shown(thing));
      });
    }),
  };
  for (const name of Object.keys(services.ResourceProviderService)) {
    provider[name] ??= (_call: unknown, answer?: (error: object) => void) =>
      answer?.({ code: grpc.status.UNIMPLEMENTED, message: name });
  }
  const server = new grpc.Server();
  server.addService(services.ResourceProviderService, provider as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return Object.assign(cloud, { port });
}
