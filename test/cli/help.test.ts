import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'

/** The help of every command has examples that people can type as they stand. */

/** The commands that a help lists. */
function listed(help: string): string[] {
  const section = help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? ''
  return [...section.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!).filter((name) => name !== 'help')
}

test('every command has examples of its own, with flags that it has, within 80 columns', async () => {
  const machine = await Machine.create()
  const paths = listed((await machine.run('--help')).stdout).map((name) => [name])
  expect(paths.length).toBeGreaterThan(15)
  for (const path of paths) {
    const { code, stdout } = await machine.run('help', ...path)
    expect({ path, code }).toEqual({ path, code: 0 })
    paths.push(...listed(stdout).map((name) => [...path, name]))
    const [described, examples = ''] = stdout.split('\nExamples:\n')
    expect(examples, path.join(' ')).toMatch(/^ {2}\$ (source <\()?chain /)
    for (const line of examples.split('\n').filter((each) => each.startsWith('  $ '))) {
      expect(line).toContain(`chain ${path.join(' ')}`)
      for (const [flag] of line.matchAll(/--[a-z-]+/g))
        expect(listed(stdout).length > 0 || described!.includes(flag), line).toBe(true)
    }
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  }
  expect(paths).toContainEqual(['network', 'new'])
})
