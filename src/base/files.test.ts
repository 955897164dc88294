import {expect, test} from 'vitest'
import {Fault, ioFault, prefixFault} from './fault.ts'
import {isReadOnly, sync} from './files.ts'

test.each(['EACCES', 'EPERM', 'EROFS'])(
  '%s means read-only, also as the cause of a fault or of a fault of a fault',
  code => {
    const error = Object.assign(new Error(code), {code, syscall: 'open'})
    const fault = ioFault('a', error)
    expect(fault).toBeInstanceOf(Fault)
    expect([error, fault, prefixFault('model', fault)].map(isReadOnly)).toEqual([true, true, true])
  },
)

test('another error does not mean read-only, nor a fault without a cause', () => {
  const full = ioFault('a', Object.assign(new Error('full'), {code: 'ENOSPC', syscall: 'write'}))
  const others = [full, new Fault('io', 'no cause'), new Error('no code'), 'EACCES', undefined]
  expect(others.map(isReadOnly)).toEqual([false, false, false, false, false])
})

test.runIf(process.platform === 'linux')(
  'a folder whose file system cannot fsync it is no error, a file is',
  async () => {
    await sync('/proc')
    await expect(sync('/proc/version')).rejects.toMatchObject({code: 'EINVAL'})
    await expect(sync('/proc/missing')).rejects.toMatchObject({code: 'ENOENT'})
  },
)
