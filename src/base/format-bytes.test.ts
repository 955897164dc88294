import {expect, test} from 'vitest'
import {formatBytes} from './format-bytes.ts'

test.each([
  [0, '0 kB'],
  [1, '1 kB'],
  [99_999, '100 kB'],
  [100_000, '0.1 MB'],
  [9_940_000, '9.9 MB'],
  [9_960_000, '10 MB'],
  [869_400_000, '869 MB'],
  [999_600_000, '1.0 GB'],
  [25_769_803_776, '25.8 GB'],
])('%d bytes read as %s: a GB is a thousand million', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})
