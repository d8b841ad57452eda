import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    // Two cores: engine tests run real child processes, so more workers would only wait for each other.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ["./tests/support/temporary-folder.ts"],
    reporters: ["default", "./tests/support/count-reporter.ts"],
  },
});
