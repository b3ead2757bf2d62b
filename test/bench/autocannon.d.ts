declare module 'autocannon' {
  interface Options {
    url: string
    method?: 'GET' | 'POST'
    connections: number
    /** Seconds. */
    duration: number
    /** Requests per second of all connections together; without, as many as are answered. */
    overallRate?: number
  }
  interface Result {
    errors: number
    non2xx: number
    /** Of a second, and of all. */
    requests: { average: number; total: number }
    /** Milliseconds. */
    latency: { p50: number; p99: number; max: number }
  }
  function autocannon(options: Options): Promise<Result>
  export = autocannon
}
