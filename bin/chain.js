#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(main)) {
  const program = await import(main)
  process.exitCode = await program.main(process.argv.slice(2))
} else {
  process.stderr.write('error: chain is not built yet\ntry: npm install && npm run build\n')
  process.exitCode = 1
}
