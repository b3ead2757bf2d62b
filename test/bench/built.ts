/**
 * The module that was built from a source: what users run is what is measured, and not what the benchmarks' own loader makes of it.
 * @param path below `src`, with the ending that the built file has
 */
export async function built<Module>(path: string): Promise<Module> {
  return import(new URL(`../../dist/${path}`, import.meta.url).href) as Promise<Module>
}
