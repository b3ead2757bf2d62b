import { expect, test } from 'vitest'
import { Machine } from '../support/cli.js'

/** Shells complete commands, their flags and the names of networks. */

/** What bash completes where the last word is begun, with the script as it is printed; `complete` has told it what to call. */
const ASK = `
set -e
chain() { "$NODE" "$CHAIN" "$@"; }
source <(chain completion bash)
compopt() { :; }
ask() {
  local COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  "$(complete -p chain | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
  echo "\${COMPREPLY[*]}"
}
`

async function bash(machine: Machine, ...questions: string[]): Promise<string[]> {
  const lines = questions.map((words) => `ask ${words}`).join('\n')
  const script = `${ASK}${lines}`.replaceAll("'", "'\\''")
  const { code, stdout, stderr } = await machine.startShell(`exec bash --noprofile --norc -c '${script}'`).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

test('bash completes commands, commands of commands, flags of their own and of all, and names of networks', async () => {
  const machine = await Machine.create()
  await machine.json('network', 'new', 'club', '--zeros', '2')
  expect(
    await bash(
      machine,
      'chain m',
      'chain p',
      'chain peers a',
      'chain mine --cou',
      'chain mine --po',
      'chain status --network ""',
    ),
  ).toEqual(['mine', 'pending peers', 'add', '--count', '--port', 'tutorial tutorial-bound secure dev club'])
})

test('behind --port, --name and --network are offered those that there are, of the data folder that is typed', async () => {
  const machine = await Machine.create()
  for (const node of [
    ['--port', '5001'],
    ['--port', '5002', '--network', 'tutorial-bound'],
    ['--port', '5001', '--network', 'tutorial-bound'],
    ['--name', 'ann'],
  ]) {
    await machine.json('mine', ...node)
  }
  const other = `${machine.data}-other`
  await machine.json('network', 'new', 'club', '--zeros', '2', '--data-dir', other)
  await machine.json('mine', '--network', 'club', '--port', '5009', '--data-dir', other)
  expect(
    await bash(
      machine,
      'chain status --port ""',
      'chain peers list --name ""',
      `chain status --data-dir ${other} --port ""`,
      `chain status --data-dir ${other} --network c`,
    ),
  ).toEqual(['5001 5002', 'ann', '5009', 'club'])
  // Of a network that is gone no node can be opened.
  await machine.json('network', 'remove', 'club', '-y', '--data-dir', other)
  const { stdout } = await machine.run('complete', '--', 'status', '--data-dir', other, '--port', '')
  expect(stdout).not.toContain('5009')
})

test('bash is offered every command that help lists, and no other', async () => {
  const machine = await Machine.create()
  const [offered] = await bash(machine, 'chain ""')
  const { stdout } = await machine.run('--help')
  const listed = [
    ...stdout
      .split('\nCommands:\n')[1]!
      .split('\n\n')[0]!
      .matchAll(/^ {2}([a-z]+) /gm),
  ]
  expect(offered!.split(' ').sort()).toEqual(listed.map(([, name]) => name!).sort())
})

test.each([
  ['zsh', /#compdef chain/],
  ['fish', /complete .*-c chain/],
  ['powershell', /Register-ArgumentCompleter/],
])('the script for %s registers for chain', async (shell, registers) => {
  const { code, stdout, stderr } = await (await Machine.create()).run('completion', shell)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(registers)
})

test('another shell is refused with those that there are: exit 2', async () => {
  const { code, stdout, stderr } = await (await Machine.create()).run('completion', 'tcsh')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('<shell> must be one of bash, zsh, fish, powershell (got "tcsh")')
})
