import {expect, test} from 'vitest'
import {differingRowText, findDifferingRows} from './differing-rows.ts'
import {paperRow} from './versions.ts'

const textsOf = (cell: string, cells?: readonly string[]) => {
  const row = paperRow(cell)
  return row ? findDifferingRows(row, cells).map(differingRowText) : undefined
}

test.each([
  ['t9.vb.head', ['NeurIPS 2024 prints cifar100 78.58, food101 75.14, flowers102 98.71, resisc45 64.42 (n4.vb.head)']],
  ['t1.l8.dora1', ['NeurIPS 2024 prints 2.56M (n14.dora1)']],
  [
    't1.g7.svft_r16',
    [
      'NeurIPS 2024 prints gsm8k 76.35, math 29.86 (n7.g7.random16)',
      'NeurIPS 2024 prints the same gsm8k 76.81, math 29.98 for banded (n7.g7.banded16)',
    ],
  ],
  ['t1.l8.svft_p', ['NeurIPS 2024 prints the row on Q,K,V,U,D,O,G (n14.svft_p)']],
  ['n14.svft_p', ['arXiv v1 prints the row on U,D,O,G (t1.l8.svft_p)']],
  ['n10.g2.lora4', ['NeurIPS 2024 prints gsm8k 40.63 (n13.lora4)']],
  ['n4.vl.fft', ['arXiv v1 prints cifar100 86.56, flowers102 97.87, food101 77.83, resisc45 76.83 (t9.vl.fft)']],
  ['t1.g2.fft', []],
  ['t1.g2.svft_p', []], // 0.19M and 194K are one count
  ['n5.g7.svft_p', []], // 429K is 0.43M, and a mean has no counterpart
])('%s: %j', (cell, texts) => {
  expect(textsOf(cell)).toEqual(texts)
})

test('one score with two patterns is shown at each of the rows', () => {
  expect(textsOf('n7.g7.banded16')).toEqual([
    'arXiv v1 prints the same gsm8k 76.81, math 29.98 for random (t1.g7.svft_r16)',
    'NeurIPS 2024 prints the same gsm8k 76.81, math 29.98 for random (n1.g7.svft_r16)',
  ])
  expect(textsOf('n10.l8.svft_r24')).toEqual([
    'NeurIPS 2024 prints the same gsm8k 75.32, math 25.08 for banded (n14.svft_b24)',
  ])
  expect(textsOf('n14.svft_b24')).toEqual([
    'NeurIPS 2024 prints the same gsm8k 75.32, math 25.08 for random (n10.l8.svft_r24)',
  ])
})

test('a row of other modules is named with them, from either version', () => {
  expect(textsOf('t9.vb.lora8')).toEqual([
    'NeurIPS 2024 prints 294.9K, cifar100 85.65, food101 76.13, flowers102 99.14, resisc45 74.01 on Q,V (n4.vb.lora8)',
  ])
  expect(textsOf('n4.vb.lora8')).toEqual([
    'arXiv v1 prints 1.32M, cifar100 84.41, flowers102 99.23, food101 76.02, resisc45 76.86 on Q,K,V,U,D (t9.vb.lora8)',
  ])
})

test('rows that a recipe names as one run are compared too', () => {
  expect(textsOf('t4.vb.lora8', ['t9.vb.lora8', 't4.vb.lora8'])).toEqual([
    'arXiv v1 prints cifar100 84.41 (t9.vb.lora8)',
    'NeurIPS 2024 prints 294.9K, cifar100 85.65, flowers102 99.14 on Q,V (n4.vb.lora8)',
  ])
})
