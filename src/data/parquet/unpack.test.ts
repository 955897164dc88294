import {gzipSync} from 'node:zlib'
import {expect, test} from 'vitest'
import {unpack} from './unpack.ts'

test('a page is unpacked, and must be of the size that its header says', () => {
  const packed = gzipSync('abcabcabc')
  expect(Buffer.from(unpack('GZIP', packed, 9)).toString()).toBe('abcabcabc')
  expect(() => unpack('GZIP', packed, 10)).toThrow('a page unpacks to 9 bytes, its header says 10')
  expect(() => unpack('GZIP', packed, 8)).toThrow()
  expect(() => unpack('UNCOMPRESSED', packed, 9)).toThrow('its header says 9')
  expect(() => unpack('LZO', packed, 9)).toThrow(
    'compression LZO is not supported; known: UNCOMPRESSED, SNAPPY, GZIP, ZSTD',
  )
})

test('what would unpack to much more than its header says is not unpacked', () => {
  const before = process.memoryUsage().rss
  const bomb = gzipSync(Buffer.alloc(100_000_000))
  const frame = `28b52ffd0058${'faffff41'.repeat(2000)}fbffff41` // of zstd: 2 MiB of one letter every 4 bytes
  expect(() => unpack('GZIP', bomb, 1000)).toThrow()
  expect(unpack('ZSTD', Buffer.from(frame, 'hex'), 1000)).toHaveLength(1000)
  const snappy = Buffer.from('ffffffff0f00410100', 'hex') // says 2³² bytes
  expect(() => unpack('SNAPPY', snappy, 1000)).toThrow()
  expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
})
