import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What takes longest begins first: else one file is waited for alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      moduleId.includes('/test/torture/') ? 0 : moduleId.includes('/test/cli/') ? 1 : 2
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

// biome-ignore lint/style/noDefaultExport: vitest asks for one
export default defineConfig({
  root,
  // The tests run on the sources; worker threads, the command line and the benchmarks on what was built from them.
  resolve: { alias: { '#crypto': `${root}src/crypto/node.ts`, '#secrets': `${root}src/crypto/secrets-node.ts` } },
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    testTimeout: 30_000,
    // A condition takes as long as it takes on a machine that does ten other things.
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 30_000,
    retry: 0,
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    maxWorkers: 2,
  },
})
