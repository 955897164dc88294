import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

// What helpers open is closed by setup.ts when the test file ends: files share a process and with it the helpers'
// modules, so that a hook of a helper's own would see the first file alone. Scripts leave what they open.

const opened: (() => unknown)[] = []

export const closeLater = (close: () => unknown) => void opened.push(close)

export async function closeOpened(): Promise<void> {
  for (const close of opened.splice(0)) await close()
}

/** A new folder below the system's temporary one, removed when the test file ends. */
export function openFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'svft-')))
  closeLater(() => rmSync(folder, {recursive: true, force: true}))
  return folder
}
