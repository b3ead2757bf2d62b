/** An option of the command line, with the environment variable that stands in for it. */
export interface OptionDefinition {
  readonly flags: string
  readonly variable?: string
  readonly description: string
  /** For whole numbers, from 1 on. */
  readonly largest?: number
}

/** The article's own, which most Python nodes run. */
export const DEFAULT_NETWORK = 'tutorial'
/** The port of the tutorial, and of a node that was told no other. */
export const DEFAULT_PORT = 5000
export const DEFAULT_HOST = '127.0.0.1'
/** Seconds that one call to a node may take. Mining and resolving take as long as they take. */
export const DEFAULT_TIMEOUT_SECONDS = 60
/** Lines of a table. */
export const DEFAULT_LIMIT = 20

/** Every option that all commands take, once. */
export const GLOBAL_OPTIONS = {
  network: {
    flags: '--network <name>',
    variable: 'CHAIN_NETWORK',
    description: `the network's rules (default: those of the node; of a new one ${DEFAULT_NETWORK})`,
  },
  node: {
    flags: '--node <url>',
    variable: 'CHAIN_NODE',
    description: 'talk to the node at this address (instead of --port or --name)',
  },
  tokenFile: {
    flags: '--token-file <file>',
    variable: 'CHAIN_TOKEN_FILE',
    description: "the token of the node of --node, where it is another machine's and asks for it",
  },
  port: {
    flags: '--port <number>',
    description: `the node of this port on this machine (without one, serve takes ${DEFAULT_PORT})`,
    largest: 65_535,
  },
  name: { flags: '--name <name>', description: 'the node of this name on this machine, where it is not its port' },
  dataDir: { flags: '--data-dir <folder>', variable: 'CHAIN_DATA', description: 'where nodes keep what they have' },
  json: { flags: '--json', description: 'print JSON, ask nothing' },
  quiet: { flags: '-q, --quiet', description: 'print the result only' },
  verbose: { flags: '-v, --verbose', description: 'print more, and stacks of errors' },
  noColor: { flags: '--no-color', description: 'print without colours (NO_COLOR does the same)' },
  noInput: { flags: '--no-input', description: 'never ask a question' },
  yes: { flags: '-y, --yes', description: 'agree to what would be asked' },
  timeout: {
    flags: '--timeout <seconds>',
    description: `how long a call to a node may take (default: ${DEFAULT_TIMEOUT_SECONDS})`,
    largest: 86_400,
  },
} as const satisfies Record<string, OptionDefinition>

/** The global options as commander gives them. */
export interface GlobalOptions {
  readonly network?: string
  readonly node?: string
  readonly tokenFile?: string
  readonly port?: number
  readonly name?: string
  readonly dataDir?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly color: boolean
  readonly input: boolean
  readonly yes?: boolean
  readonly timeout?: number
}
