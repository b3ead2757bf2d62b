import { HomeSettings } from '../../config/settings.js'
import type { HomeEntry } from '../../storage/home.js'
import { removeHomeStore } from '../../storage/home-store.js'

/**
 * Has a node begin anew, under the same identity.
 * @throws StoreLocked while a process has it open
 */
export async function resetHome({ folder }: HomeEntry): Promise<void> {
  // First: from here on a store that is half gone is no loss.
  await new HomeSettings(folder).setBegun(false)
  await removeHomeStore(folder)
}
