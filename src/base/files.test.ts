import {expect, test} from 'vitest'
import {sync} from './files.ts'

test.runIf(process.platform === 'linux')(
  'a folder whose file system cannot fsync it is no error, a file is',
  async () => {
    await sync('/proc')
    await expect(sync('/proc/version')).rejects.toMatchObject({code: 'EINVAL'})
    await expect(sync('/proc/missing')).rejects.toMatchObject({code: 'ENOENT'})
  },
)
