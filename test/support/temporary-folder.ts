import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** Gives a run of the tests a temporary folder of its own, which is removed at its end with everything left there. */
export function setup(): () => void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'svft-tests-')))
  process.env.TMPDIR = folder
  return () => rmSync(folder, {recursive: true, force: true})
}
