import {dirname} from 'node:path'
import {makeFolder, writeAtomically} from '../base/files.ts'
import {junit} from './ci/junit.ts'
import type {Checked} from './gates/compare-runs.ts'
import {suitesOf} from './gates/reference-schema.ts'

/** @throws Fault 'io' */
export async function writeJunit(file: string, checked: Checked): Promise<void> {
  await makeFolder(dirname(file))
  await writeAtomically(file, append => append(Buffer.from(junit('svft check', suitesOf(checked)))))
}
