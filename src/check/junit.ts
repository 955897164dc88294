import {dirname} from 'node:path'
import {makeFolder, writeWhole} from '../base/files.ts'
import {junit} from './ci/junit.ts'
import type {Checked} from './gates/compare-runs.ts'
import {suitesOf} from './gates/reference-schema.ts'

/** @throws Fault 'io' */
export async function writeJunit(file: string, checked: Checked): Promise<void> {
  await makeFolder(dirname(file))
  await writeWhole(file, append => append(Buffer.from(junit('svft check', suitesOf(checked)))))
}
