import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const stack = process.env["SMP_STACK"] === "1";
const foreign = process.env["SMP_FOREIGN"] === "1";
const browser = process.env["SMP_BROWSER"] === "1";

/** Tests that put something else in a module's place, each in a process of its own. */
const MOCKED = "**/*.mocked.test.ts";
// Tests that need other people's programs run only when asked for, and then fail, not skip, without them.
const excluded = [
  "node_modules/**",
  ...(stack ? [] : ["**/*.stack.test.ts"]),
  ...(foreign ? [] : ["**/*.foreign.test.ts"]),
  ...(browser ? [] : ["**/*.browser.test.ts"]),
];

/** The longest file first, so that the others are done beside it and nothing waits for it at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification): boolean =>
      moduleId.endsWith("/tests/delivery/crash.stack.test.ts");
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  // Tests run on the sources: no build needed, and stack traces point at the code.
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    // A server of Java may take its time to start on a busy machine.
    testTimeout: stack ? 120_000 : 30_000,
    hookTimeout: 60_000,
    // A file that is as it was is not translated again: the kinds of tests run one after the other on the same sources.
    experimental: { fsModuleCache: true },
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Nearly every file needs most of the platform: a worker reads it once, not anew for each file.
      {
        extends: true,
        test: {
          name: "shared",
          isolate: false,
          include: ["*/test/**/*.test.ts", "tests/**/*.test.ts"],
          exclude: [...excluded, MOCKED],
        },
      },
      { extends: true, test: { name: "mocked", include: [MOCKED], exclude: excluded } },
    ],
  },
});
