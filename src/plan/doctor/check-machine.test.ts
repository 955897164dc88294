import {execFileSync, spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {afterEach, expect, test, vi} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {readEnvironment} from '../../recipes/environment.ts'
import {checkMachine} from './check-machine.ts'

afterEach(() => vi.unstubAllEnvs())

const COMPILER = 'cc'
const hasCompiler = spawnSync(COMPILER, ['--version']).status === 0

test.runIf(hasCompiler)('a LAPACK that loads and computes nothing is refused if it is named', async () => {
  const folder = openFolder()
  const library = join(folder, 'libnothing.so')
  execFileSync(COMPILER, ['-shared', '-fPIC', '-x', 'c', '-', '-o', library], {input: 'void dgesdd_(void) {}'})
  vi.stubEnv('SVFT_LAPACK', library)
  const lapack = (await checkMachine()).find(({name}) => name === 'LAPACK')
  const message = `SVFT_LAPACK=${library}: ${library} fails on a sample; name another LAPACK, or set it to none for svft's own decomposition`
  expect(lapack).toMatchObject({status: 'wrong', needed: true, message})
  await expect(readEnvironment()).rejects.toMatchObject({kind: 'input', message})
})
