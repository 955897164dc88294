import {dirname} from 'node:path'
import type {Checked} from '../../report/check/check.ts'
import {suitesOf} from '../../report/check/forms.ts'
import {junit} from '../../report/ci/junit.ts'
import {makeFolder, writeWhole} from '../../weights/files.ts'

/** @throws Fault 'io' */
export async function writeJunit(file: string, checked: Checked): Promise<void> {
  await makeFolder(dirname(file))
  await writeWhole(file, append => append(Buffer.from(junit('svft check', suitesOf(checked)))))
}
