import { openHomeSettings } from '../../config/settings.js'
import type { HomeEntry } from '../../storage/home.js'
import { removeHomeStore } from '../../storage/reset-home.js'

/**
 * Has a node begin anew, under the same identity.
 * @throws StoreLocked while a process has it open
 */
export async function resetHome({ folder }: HomeEntry): Promise<void> {
  // First: from here on a store that is half gone is no loss.
  openHomeSettings(folder).begun = false
  await removeHomeStore(folder)
}
