import {expect, test} from 'vitest'
import {processorFlags} from '../../base/native/processor.ts'
import {bf16Instructions} from './instructions.ts'

/** The text of /proc/cpuinfo for a processor with these flags, as Linux writes it. */
const cpuinfo = (flags: string) =>
  `processor\t: 0\nmodel name\t: x\nflags\t\t: fpu avx2 ${flags}\nbugs\t\t: amx_bf16_bug\n\nprocessor\t: 1\n`

test.each([
  ['Sapphire Rapids', 'avx512f avx512_bf16 amx_bf16 avx512_fp16 amx_tile amx_int8', ['avx512_bf16', 'amx_bf16']],
  ['Zen 4', 'avx512f avx512_bf16', ['avx512_bf16']],
  ['Ice Lake', 'avx512f avx512_vnni', []],
  ['a guest whose host withholds the tiles', 'avx512f amx_bf16', []],
])('%s', (_, flags, expected) => {
  expect(bf16Instructions(processorFlags(cpuinfo(flags)))).toEqual(expected)
})

test('a text without flags, as of another system, has none', () => {
  expect(bf16Instructions(processorFlags(''))).toEqual([])
})

test.runIf(process.platform === 'linux' && process.arch === 'x64')('this machine’s own flags are read', () => {
  expect(processorFlags()).toContain('sse2')
})
