/**
 * Azure Resource Manager of the local Azure: a durable store, and the two providers that the engine attaches to.
 */
import { createRequire } from "node:module";
import type { ArmOptions } from "./provider/arm.ts";
import { azureNative } from "./provider/azure-native.ts";
import { random } from "./provider/random.ts";
import { serveProvider } from "./provider/rpc.ts";

export { type Arm, createArm, type ProviderOptions } from "./provider/arm.ts";
export { lookupPending } from "./provider/azure-native.ts";
export { type AcceptedRequest, openStore, type SoftDeletedEntry, type Store } from "./store.ts";

export interface Providers {
  azureNativePort: number;
  randomPort: number;
  close(): Promise<void>;
}

/** Both providers on 127.0.0.1, each on a port of its own, for PULUMI_DEBUG_PROVIDERS. */
export async function serveProviders(options: ArmOptions): Promise<Providers> {
  const azure = await serveProvider(installed("@pulumi/azure-native"), azureNative(options));
  const drawn = await serveProvider(installed("@pulumi/random"), random);
  return {
    azureNativePort: azure.port,
    randomPort: drawn.port,
    async close() {
      await Promise.all([azure.close(), drawn.close()]);
    },
  };
}

/** The engine wants a plugin of the SDK's own version. */
function installed(sdk: string): string {
  return (createRequire(import.meta.url)(`${sdk}/package.json`) as { version: string }).version;
}
