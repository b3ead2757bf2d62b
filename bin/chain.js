#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(main)) {
  const program = await import(main)
  process.exitCode = await program.main(process.argv.slice(2))
  // The names of peers may still be looked up, which cannot be given up, and nobody waits for.
  setTimeout(() => process.stdout.writableLength > 0 || process.exit(), 1_000).unref()
} else {
  process.stderr.write('error: chain is not built yet\ntry: npm install && npm run build\n')
  process.exitCode = 1
}
