/**
 * Pulumi's provider protocol (gRPC on 127.0.0.1) with plain values on our side of it. One Provider object per instance of a provider in the engine:
 * with PULUMI_DEBUG_PROVIDERS all instances attach to one port, each over a connection of its own, so the connection tells them apart.
 */
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as PluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as ServicePb from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as ProviderPb from "@pulumi/pulumi/proto/provider_pb.js";
import type * as StatusPb from "@pulumi/pulumi/proto/status_pb.js";
import type * as AnyPb from "google-protobuf/google/protobuf/any_pb.js";
import type * as EmptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type * as StructPb from "google-protobuf/google/protobuf/struct_pb.js";
import { type Kind, replaces } from "./diff.ts";
import { type Properties, plain } from "./values.ts";

// The very libraries that @pulumi/pulumi's protocol files were made with.
const require = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
const grpc = require("@grpc/grpc-js") as typeof Grpc;
const service = require("@pulumi/pulumi/proto/provider_grpc_pb.js") as typeof ServicePb;
const pb = require("@pulumi/pulumi/proto/provider_pb.js") as typeof ProviderPb;
const plugin = require("@pulumi/pulumi/proto/plugin_pb.js") as typeof PluginPb;
const statusPb = require("@pulumi/pulumi/proto/status_pb.js") as typeof StatusPb;
const { Any } = require("google-protobuf/google/protobuf/any_pb.js") as typeof AnyPb;
const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js") as typeof EmptyPb;
const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js") as typeof StructPb;

export interface CheckRequest {
  urn: string;
  /** Type token. */
  type: string;
  olds: Properties;
  news: Properties;
  /** Same seed, same random names; empty: any. */
  randomSeed: Uint8Array;
  autonaming?: { proposedName: string; mode: "propose" | "enforce" | "disable" };
}

export interface CheckResult {
  inputs: Properties;
  failures: { property: string; reason: string }[];
}

export interface DiffResult {
  /** Path -> kind; empty: nothing changes. */
  detailed: Map<string, Kind>;
  deleteBeforeReplace: boolean;
}

export interface ReadResult {
  id: string;
  outputs: Properties;
  inputs: Properties;
}

/** An instance of a provider as one engine sees it. Errors become the text that the engine prints. */
export interface Provider {
  configure(variables: Properties): void;
  check(request: CheckRequest): CheckResult;
  diff(request: { type: string; oldInputs: Properties; oldOutputs: Properties; news: Properties }): DiffResult;
  create(request: {
    urn: string;
    type: string;
    inputs: Properties;
    preview: boolean;
    timeoutSeconds: number;
  }): Promise<{ id: string; outputs: Properties }>;
  /** Undefined: it is gone. `inputs` absent: an import. */
  read(request: { type: string; id: string; inputs?: Properties; outputs: Properties }): Promise<ReadResult | undefined>;
  update(request: {
    type: string;
    id: string;
    oldOutputs: Properties;
    news: Properties;
    preview: boolean;
    timeoutSeconds: number;
  }): Promise<Properties>;
  delete(request: { type: string; id: string; timeoutSeconds: number }): Promise<void>;
  invoke(token: string, args: Properties): Properties;
  /** The engine is told to stop: waiting ends. */
  cancel(): void;
}

/** The resource exists although its creation or update did not end well: the engine records it. */
export class Unfinished extends Error {
  readonly id: string;
  readonly outputs: Properties;
  readonly inputs: Properties;
  constructor(message: string, state: { id: string; outputs: Properties; inputs: Properties }) {
    super(message);
    this.id = state.id;
    this.outputs = state.outputs;
    this.inputs = state.inputs;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: messages differ from call to call.
type Message = any;
type Call = Grpc.ServerUnaryCall<Message, Message>;

const struct = (value: Properties) => Struct.fromJavaScript(value as Record<string, never>);
const object = (value: StructPb.Struct | undefined): Properties => plain(value?.toJavaScript() ?? {}) as Properties;

export async function serveProvider(version: string, create: () => Provider): Promise<{ port: number; close(): Promise<void> }> {
  const instances = new Map<string, Provider>();

  /** A new connection is a new instance; so is one whose port number was in use before. */
  function instance(call: Call, fresh = false): Provider {
    const peer = call.getPeer();
    const known = instances.get(peer);
    if (known && !fresh) return known;
    const made = create();
    instances.delete(peer);
    instances.set(peer, made);
    // Connections of engines that are gone.
    if (instances.size > 500) instances.delete(instances.keys().next().value as string);
    return made;
  }

  const handlers: Record<string, (call: Call) => Promise<Message> | Message> = {
    attach(call) {
      instance(call, true);
      return new Empty();
    },
    checkConfig: (call) => new pb.CheckResponse().setInputs(call.request.getNews()),
    diffConfig: () => new pb.DiffResponse(),
    configure(call) {
      const { request } = call;
      const variables: Properties = {};
      request.getVariablesMap().forEach((value: string, key: string) => {
        variables[key.split(":").at(-1) as string] = value;
      });
      for (const [key, value] of Object.entries(object(request.getArgs()))) variables[key] ??= value;
      instance(call).configure(variables);
      // As azure-native: secrets and dependencies are tracked by the engine.
      return new pb.ConfigureResponse().setSupportspreview(true).setSupportsAutonamingConfiguration(true);
    },
    check(call) {
      const { request } = call;
      const autonaming = request.getAutonaming();
      const result = instance(call).check({
        urn: request.getUrn(),
        type: typeOf(request),
        olds: object(request.getOlds()),
        news: object(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
        autonaming: autonaming && {
          proposedName: autonaming.getProposedName(),
          mode: (["propose", "enforce", "disable"] as const)[autonaming.getMode() as 0 | 1 | 2],
        },
      });
      const failures = result.failures.map(({ property, reason }) =>
        new pb.CheckFailure().setProperty(property).setReason(reason),
      );
      return new pb.CheckResponse().setInputs(struct(result.inputs)).setFailuresList(failures);
    },
    diff(call) {
      const { request } = call;
      const { detailed, deleteBeforeReplace } = instance(call).diff({
        type: typeOf(request),
        oldInputs: object(request.getOldInputs()),
        oldOutputs: object(request.getOlds()),
        news: object(request.getNews()),
      });
      const response = new pb.DiffResponse().setChanges(
        detailed.size > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE,
      );
      const paths = [...detailed.keys()];
      response.setDiffsList([...new Set(paths.map((path) => path.split(/[.[]/)[0] as string))]);
      response.setReplacesList(paths.filter((path) => replaces(detailed.get(path) as Kind)));
      response.setDeletebeforereplace(deleteBeforeReplace);
      response.setHasdetaileddiff(true);
      for (const [path, kind] of detailed)
        response.getDetaileddiffMap().set(path, new pb.PropertyDiff().setKind(kind).setInputdiff(true));
      return response;
    },
    async create(call) {
      const { request } = call;
      const { id, outputs } = await instance(call).create({
        urn: request.getUrn(),
        type: typeOf(request),
        inputs: object(request.getProperties()),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      });
      return new pb.CreateResponse().setId(id).setProperties(struct(outputs));
    },
    async read(call) {
      const { request } = call;
      const found = await instance(call).read({
        type: typeOf(request),
        id: request.getId(),
        inputs:
          request.hasInputs() && request.getInputs().getFieldsMap().getLength() > 0 ? object(request.getInputs()) : undefined,
        outputs: object(request.getProperties()),
      });
      if (!found) return new pb.ReadResponse();
      return new pb.ReadResponse().setId(found.id).setProperties(struct(found.outputs)).setInputs(struct(found.inputs));
    },
    async update(call) {
      const { request } = call;
      const outputs = await instance(call).update({
        type: typeOf(request),
        id: request.getId(),
        oldOutputs: object(request.getOlds()),
        news: object(request.getNews()),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      });
      return new pb.UpdateResponse().setProperties(struct(outputs));
    },
    async delete(call) {
      const { request } = call;
      await instance(call).delete({ type: typeOf(request), id: request.getId(), timeoutSeconds: request.getTimeout() });
      return new Empty();
    },
    invoke: (call) =>
      new pb.InvokeResponse().setReturn(struct(instance(call).invoke(call.request.getTok(), object(call.request.getArgs())))),
    getPluginInfo: () => new plugin.PluginInfo().setVersion(version),
    getMapping: () => new pb.GetMappingResponse(),
    cancel(call) {
      instance(call).cancel();
      return new Empty();
    },
  };

  const implementation: Grpc.UntypedServiceImplementation = {};
  for (const [name, { responseStream }] of Object.entries(service.ResourceProviderService as unknown as Grpc.ServiceDefinition)) {
    const handler = handlers[name];
    if (handler && !responseStream) {
      implementation[name] = (call: Call, reply: Grpc.sendUnaryData<Message>) => {
        Promise.resolve()
          .then(() => handler(call))
          .then(
            (response) => reply(null, response),
            (error: Error) => reply(failure(error)),
          );
      };
    } else {
      // An answer in any case: the engine waits for ever for a stream that nobody ends.
      const unknown = { code: grpc.status.UNIMPLEMENTED, details: `${name} is not part of this provider` };
      implementation[name] = (call: { destroy?(error: unknown): void }, reply?: (error: unknown) => void) =>
        reply ? reply(unknown) : call.destroy?.(unknown);
    }
  }

  const server = new grpc.Server({ "grpc.max_receive_message_length": 1 << 28, "grpc.max_send_message_length": 1 << 28 });
  server.addService(service.ResourceProviderService as unknown as Grpc.ServiceDefinition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    async close() {
      for (const provider of instances.values()) provider.cancel();
      server.forceShutdown();
    },
  };
}

/** Older engines send only the URN, whose third part ends with the type: `urn:pulumi:stack::project::parent$type::name`. */
function typeOf(request: { getType(): string; getUrn(): string }): string {
  return request.getType() || (request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
}

function failure(error: Error): Grpc.ServerErrorResponse {
  const answer = { name: error.name, message: error.message, code: grpc.status.UNKNOWN, details: error.message };
  if (!(error instanceof Unfinished)) return answer;
  const detail = new pb.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(struct(error.outputs))
    .setInputs(struct(error.inputs))
    .setReasonsList([error.message]);
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status().setCode(grpc.status.UNKNOWN).setMessage(error.message).setDetailsList([any]);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { ...answer, metadata };
}
