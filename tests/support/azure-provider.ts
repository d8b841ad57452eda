/**
 * The sandbox's providers as the engine sees them: over gRPC, one connection per provider instance.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import { createArm, openStore, type ProviderOptions, serveProviders } from "../../sandbox/arm/index.ts";
import { type Clock, manualClock, scaledClock } from "../../sandbox/clock.ts";

const require = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
const grpc = require("@grpc/grpc-js") as typeof Grpc;
const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb.js");
const pb = require("@pulumi/pulumi/proto/provider_pb.js") as typeof import("@pulumi/pulumi/proto/provider_pb.js");
const pluginPb = require("@pulumi/pulumi/proto/plugin_pb.js");
const statusPb = require("@pulumi/pulumi/proto/status_pb.js");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js");

export const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
export const TENANT = "00000000-0000-4000-8000-00000000000f";
export const TODAY = "2026-11-24";
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;

// biome-ignore lint/suspicious/noExplicitAny: property values are JSON of any form.
export type Values = Record<string, any>;

const urnOf = (type: string, name: string) => `urn:pulumi:test::project::${type}::${name}`;

export interface Created {
  type: string;
  id: string;
  inputs: Values;
  outputs: Values;
}

export class InitFailed extends Error {
  id = "";
  outputs: Values = {};
}

/** An instance of a provider, configured, over a connection of its own. */
export class Client {
  readonly #client;
  constructor(port: number) {
    // Node's channels would share one connection; Go's, as in the engine, never do.
    this.#client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": 1 << 28,
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages differ from call to call.
  call(method: string, request: any): Promise<any> {
    return new Promise((resolve, reject) => {
      this.#client[method](request, (error: Grpc.ServiceError | null, response: unknown) => {
        if (!error) return resolve(response);
        const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
        if (!details) return reject(new Error(error.details));
        const detail = pb.ErrorResourceInitFailed.deserializeBinary(
          statusPb.Status.deserializeBinary(details as Buffer)
            .getDetailsList()[0]
            .getValue_asU8(),
        );
        const failed = new InitFailed(error.details);
        reject(Object.assign(failed, { id: detail.getId(), outputs: detail.getProperties()?.toJavaScript() ?? {} }));
      });
    });
  }

  async configure(variables: Record<string, string> = {}): Promise<this> {
    await this.call("attach", new pluginPb.PluginAttach());
    const request = new pb.ConfigureRequest().setSendsOldInputs(true).setSendsOldInputsToDelete(true);
    for (const [key, value] of Object.entries(variables)) request.getVariablesMap().set(`azure-native:config:${key}`, value);
    await this.call("configure", request);
    return this;
  }

  async check(type: string, news: Values, { name = "it", olds = {} }: { name?: string; olds?: Values } = {}) {
    const request = new pb.CheckRequest().setUrn(urnOf(type, name)).setType(type).setName(name);
    request.setNews(Struct.fromJavaScript(news)).setOlds(Struct.fromJavaScript(olds));
    const response = await this.call("check", request);
    return {
      inputs: response.getInputs().toJavaScript() as Values,
      failures: response.getFailuresList().map((f: { getReason(): string }) => f.getReason()) as string[],
    };
  }

  /** Check and create, as the engine does. */
  async create(type: string, news: Values, { name = "it", timeout = 0 } = {}): Promise<Created> {
    const { inputs, failures } = await this.check(type, news, { name });
    if (failures.length > 0) throw new Error(failures.join("; "));
    const request = new pb.CreateRequest().setUrn(urnOf(type, name)).setType(type).setName(name).setTimeout(timeout);
    const response = await this.call("create", request.setProperties(Struct.fromJavaScript(inputs)));
    return { type, id: response.getId(), inputs, outputs: response.getProperties().toJavaScript() };
  }

  async previewCreate(type: string, news: Values): Promise<Values> {
    const { inputs } = await this.check(type, news);
    const request = new pb.CreateRequest().setUrn(urnOf(type, "it")).setType(type).setPreview(true);
    return (await this.call("create", request.setProperties(Struct.fromJavaScript(inputs)))).getProperties().toJavaScript();
  }

  async diff(before: Created, news: Values) {
    const { inputs } = await this.check(before.type, news, { olds: before.inputs });
    const request = new pb.DiffRequest().setId(before.id).setUrn(urnOf(before.type, "it")).setType(before.type);
    request.setOldInputs(Struct.fromJavaScript(before.inputs)).setOlds(Struct.fromJavaScript(before.outputs));
    const response = await this.call("diff", request.setNews(Struct.fromJavaScript(inputs)));
    const kinds = Object.entries(pb.PropertyDiff.Kind);
    return {
      changes: response.getChanges() === pb.DiffResponse.DiffChanges.DIFF_SOME,
      replaces: response.getReplacesList() as string[],
      deleteBeforeReplace: response.getDeletebeforereplace() as boolean,
      detailed: Object.fromEntries(
        response
          .getDetaileddiffMap()
          .toArray()
          .map(([path, kind]: [string, [number]]) => [path, kinds.find(([, value]) => value === (kind[0] ?? 0))?.[0]]),
      ) as Record<string, string>,
    };
  }

  async update(before: Created, news: Values, { preview = false, timeout = 0 } = {}): Promise<Created> {
    const { inputs } = await this.check(before.type, news, { olds: before.inputs });
    const request = new pb.UpdateRequest()
      .setId(before.id)
      .setUrn(urnOf(before.type, "it"))
      .setType(before.type)
      .setPreview(preview);
    request.setOldInputs(Struct.fromJavaScript(before.inputs)).setOlds(Struct.fromJavaScript(before.outputs)).setTimeout(timeout);
    const response = await this.call("update", request.setNews(Struct.fromJavaScript(inputs)));
    return { ...before, inputs, outputs: response.getProperties().toJavaScript() };
  }

  /** Undefined when it is gone. Without `before`, as an import. */
  async read(before: Pick<Created, "type" | "id"> & Partial<Created>): Promise<Created | undefined> {
    const request = new pb.ReadRequest().setId(before.id).setUrn(urnOf(before.type, "it")).setType(before.type);
    if (before.inputs) request.setInputs(Struct.fromJavaScript(before.inputs));
    request.setProperties(Struct.fromJavaScript(before.outputs ?? {}));
    const response = await this.call("read", request);
    if (!response.getId()) return undefined;
    return {
      type: before.type,
      id: response.getId(),
      inputs: response.getInputs().toJavaScript(),
      outputs: response.getProperties().toJavaScript(),
    };
  }

  async delete({ type, id }: Pick<Created, "type" | "id">): Promise<void> {
    await this.call("delete", new pb.DeleteRequest().setId(id).setUrn(urnOf(type, "it")).setType(type));
  }

  async invoke(token: string, args: Values = {}): Promise<Values> {
    const response = await this.call("invoke", new pb.InvokeRequest().setTok(token).setArgs(Struct.fromJavaScript(args)));
    return response.getReturn().toJavaScript();
  }

  async cancel(): Promise<void> {
    await this.call("cancel", new Empty());
  }

  close(): void {
    this.#client.close();
  }
}

/**
 * A local Azure whose operations take their published time on a clock that stands still: what overlaps is for the test to say, not for the machine's
 * speed. `pass` moves the clock until something has ended.
 */
export async function localArmInStoppedTime(options: Partial<ProviderOptions> & { scale?: number } = {}) {
  const clock = manualClock(new Date(`${TODAY}T09:00:00Z`));
  const durations = { scale: options.scale ?? 1 };
  const arm = await localArm({ today: TODAY, ...options, clock, durations });
  return {
    ...arm,
    clock,
    /** At `Infinity` operations end at once. */
    durations,
    async pass<T>(done: Promise<T>): Promise<T> {
      let settled = false;
      const end = () => {
        settled = true;
      };
      done.then(end, end);
      while (!settled) {
        // Requests arrive over real connections: the event loop must turn before time goes on.
        await new Promise((resolve) => setTimeout(resolve, 2));
        await clock.advance(1000);
      }
      return done;
    },
    /** Until a resource is in the store, whose operation then stands as long as the clock does. */
    async begun(id: string): Promise<void> {
      while (!arm.store.get(id)) await new Promise((resolve) => setTimeout(resolve, 2));
    },
  };
}

/** The first of these that is refused; never, if none is. */
export const firstRefusal = (all: readonly Promise<unknown>[]): Promise<Error> =>
  new Promise((resolve) => {
    for (const one of all) one.catch(resolve);
  });

/** A local Azure without gateway and accounts: store and providers. A `directory` that is given stays when it is closed. */
export async function localArm({
  clock,
  directory: kept,
  ...more
}: Partial<ProviderOptions> & { clock?: Clock; directory?: string } = {}) {
  const time = clock ?? scaledClock({ start: new Date(`${TODAY}T09:00:00Z`) });
  const directory = kept ?? mkdtempSync(join(tmpdir(), "arm-"));
  const store = openStore({ directory, clock: time });
  const options: ProviderOptions = {
    today: TODAY,
    defaultSubscription: SUBSCRIPTION,
    tenantId: TENANT,
    durations: { scale: Number.POSITIVE_INFINITY },
    rolePropagationSeconds: 0,
    checkPolicy: () => [],
    ...more,
  };
  const providers = await serveProviders({ store, clock: time, options });
  const clients: Client[] = [];
  const open = async (port: number, variables: Record<string, string> = {}) => {
    const client = new Client(port);
    clients.push(client);
    return client.configure(variables);
  };
  return {
    store,
    clock: time,
    /** Requests that do not come from this stack: the portal, a colleague. */
    arm: createArm({ store, clock: time, options }),
    azure: (variables?: Record<string, string>) => open(providers.azureNativePort, { location: "swedencentral", ...variables }),
    random: () => open(providers.randomPort),
    async close() {
      for (const client of clients) client.close();
      await providers.close();
      store.close();
      if (!kept) rmSync(directory, { recursive: true, force: true });
    },
  };
}
