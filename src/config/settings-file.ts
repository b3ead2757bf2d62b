import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SettingsDamaged } from '../primitives/errors.js'
import { readJsonObject, setAsideDamaged } from './json-object.js'

/**
 * A JSON file of settings. The library that writes it is loaded when something is to be written, and not before: most commands only
 * read, and would begin a tenth of a second later.
 */
export class SettingsFile<T extends Record<string, unknown>> {
  readonly file: string
  readonly #folder: string
  readonly #name: string
  readonly #rescue: (() => string) | undefined

  /**
   * @param rescue says what helps where the file holds no JSON object and there is no copy of it; undefined where that is no loss: then it
   * sets nothing, and is kept beside its place when it is written anew
   */
  constructor(folder: string, name: string, rescue: (() => string) | undefined) {
    this.file = join(folder, `${name}.json`)
    this.#folder = folder
    this.#name = name
    this.#rescue = rescue
  }

  /**
   * What the file says now; of what it holds nothing is certain.
   * @throws SettingsDamaged where it holds no JSON object, which is a loss
   */
  read(): { readonly [Key in keyof T]?: unknown } {
    if (!existsSync(this.file)) return {}
    const read = readJsonObject(this.file)
    if (read === undefined && this.#rescue !== undefined) throw this.damaged('is no JSON object')
    return (read ?? {}) as { readonly [Key in keyof T]?: unknown }
  }

  /** What is said of a file that has lost what it held. */
  damaged(how: string): SettingsDamaged {
    return new SettingsDamaged(`${this.file} ${how}`, this.#rescue?.() ?? 'remove it')
  }

  /**
   * Sets one thing; the folder is made where there is none.
   * @param value undefined to set it no more
   * @throws SettingsDamaged, and the file system's error
   */
  async write<Key extends keyof T & string>(key: Key, value: T[Key] | undefined): Promise<void> {
    // The library would write an empty object over some of what is none.
    this.read()
    setAsideDamaged(this.file)
    const { openConf } = await import('./conf.js')
    try {
      const conf = openConf<T>(this.#folder, this.#name)
      if (value === undefined) conf.delete(key)
      else conf.set(key, value)
    } catch (error) {
      // It was written beside its place first, under a name that tells nobody anything; a full disk is told without any.
      const isOfFile =
        error instanceof Error && 'code' in error && (!('path' in error) || String(error.path).startsWith(this.file))
      throw isOfFile ? Object.assign(error, { path: this.file }) : error
    }
  }
}
