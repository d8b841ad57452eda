import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // Two cores: engine tests run real child processes, so more workers would only wait for each other.
    maxWorkers: 2,
    // Guards against hanging and no more: a busy machine may take many times as long as an idle one.
    testTimeout: 900_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 600_000, interval: 20 } },
    globalSetup: ["./tests/support/temporary-folder.ts"],
    reporters: ["default", "./tests/support/count-reporter.ts"],
  },
});
