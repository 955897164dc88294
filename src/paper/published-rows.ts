import {PAPER_ROWS, type PaperRow, parseRows} from './rows.ts'

/**
 * The 130 rows of the tables of results, 1 to 7 and 9 to 14, of the version published at NeurIPS 2024, as printed, misprints
 * included. 77 print the same as a row of arXiv v1, 17 another value, and 36 are new. Table 7 prints no diagonals; #Params
 * gives d=16. The signs before a cell are those of `parseRows`.
 */
export const PUBLISHED_ROWS: readonly PaperRow[] = [
  ...reprinted({table: 1, of: 1}),
  ...reprinted({table: 2, of: 2}),
  ...reprinted({table: 3, of: 3}),
  ...parseRows(
    `
  table 4: vit-b16, cifar100 food101 flowers102 resisc45
  n4.vb.head          -  78.58 75.14 98.71 64.42  head                     ≈t9.vb.head
  n4.vb.fft       85.8M  85.02 75.41 99.16 75.30  full                     ≈t9.vb.fft
  n4.vb.lora8    294.9K  85.65 76.13 99.14 74.01  lora r=8           {QV}  ≠t9.vb.lora8
  n4.vb.vera256   24.6K  84.00 74.02 99.10 71.86  vera r=256         {QV}  ≈t9.vb.vera256
  n4.vb.svft_p    18.5K  83.78 74.43 98.99 70.55  svft plain         {QV}  ≈t9.vb.svft_p
  n4.vb.svft_r4  165.4K  84.85 76.45 99.17 74.53  svft random d=4    {QV}
  n4.vb.svft_b4  165.4K  84.65 76.51 99.21 75.12  svft banded d=4    {QV}  ≠t9.vb.svft_b4

  table 4: vit-l16, cifar100 food101 flowers102 resisc45
  n4.vl.head          -  79.14 75.66 98.89 64.99  head                     ≈t9.vl.head
  n4.vl.fft      303.3M  87.37 78.67 98.88 80.17  full                     ≈t9.vl.fft
  n4.vl.lora8    786.4K  87.36 78.95 99.24 79.55  lora r=8           {QV}  ≠t9.vl.lora8
  n4.vl.vera256   61.4K  87.55 77.87 99.27 75.92  vera r=256         {QV}  ≈t9.vl.vera256
  n4.vl.svft_p    49.2K  86.67 77.47 99.09 73.52  svft plain         {QV}  ≈t9.vl.svft_p
  n4.vl.svft_r4  441.5K  87.05 78.95 99.23 78.90  svft random d=4    {QV}
  n4.vl.svft_b4  441.5K  86.95 78.85 99.24 78.93  svft banded d=4    {QV}  ≠t9.vl.svft_b4

  table 5: gemma-2b, perf
  n5.g2.lora4     3.28M  27.56  lora r=4           {QKVUD}    18.88GB  ~f1.gsm8k.lora4
  n5.g2.dora4     3.66M  28.44  dora r=4           {QKVUD}    24.58GB  ~f1.gsm8k.dora4
  n5.g2.lora32    26.2M  29.28  lora r=32          {QKVUD}    19.06GB  ~t1.g2.lora32
  n5.g2.dora16    13.5M  30.22  dora r=16          {QKVUD}    24.64GB  ~t1.g2.dora16
  n5.g2.svft_p     194K  27.36  svft plain         {QKVUDOG}  21.90GB  ~t1.g2.svft_p
  n5.g2.svft_r8   3.28M  31.87  svft random d=8    {QKVUDOG}  22.02GB  ~t5.random8
  n5.g2.svft_r16  6.35M  32.79  svft random d=16   {QKVUDOG}  22.15GB  ~t1.g2.svft_r16

  table 5: gemma-7b, perf
  n5.g7.lora4      8.6M  51.03  lora r=4           {QKVUD}    63.57GB  ~f5.gemma-7b.lora4
  n5.g7.dora4     9.72M  51.94  dora r=4           {QKVUD}    78.70GB  ~f5.gemma-7b.dora4
  n5.g7.lora32    68.8M  52.96  lora r=32          {QKVUD}    64.24GB  ~t1.g7.lora32
  n5.g7.dora16    35.5M  52.18  dora r=16          {QKVUD}    78.99GB  ~t1.g7.dora16
  n5.g7.svft_p     429K  50.40  svft plain         {QKVUDOG}  76.26GB  ~t1.g7.svft_p
  n5.g7.svft_r8    9.8M  50.99  svft random d=8    {QKVUDOG}  76.65GB
  n5.g7.svft_r16  19.8M  53.40  svft random d=16   {QKVUDOG}  77.04GB  ~t1.g7.svft_r16
`,
    'neurips2024',
  ),
  ...reprinted({table: 6, of: 6}),
  ...parseRows(
    `
  table 7: gemma-2b, gsm8k math
  n7.g2.plain      0.2M  40.34 14.38  svft plain   =t5.plain
  n7.g2.banded16   6.4M  47.84 15.68  svft banded  =t5.banded16
  n7.g2.random16   6.4M  50.03 15.56  svft random  =t5.random16
  n7.g2.topk16     6.4M  49.65 15.32  svft topk    =t5.topk16

  table 7: gemma-7b, gsm8k math
  n7.g7.plain     0.43M  73.50 27.30  svft plain   =t1.g7.svft_p
  n7.g7.banded16  19.8M  76.81 29.98  svft banded
  n7.g7.random16  19.8M  76.35 29.86  svft random  ~t1.g7.svft_r16
  n7.g7.topk16    19.8M  76.34 29.72  svft topk

  table 7: llama-3-8b, gsm8k math
  n7.l8.plain     0.48M  69.22 20.44  svft plain   =t1.l8.svft_p
  n7.l8.banded16  17.2M  75.43 24.44  svft banded
  n7.l8.random16  17.2M  74.07 23.78  svft random
  n7.l8.topk16    17.2M  73.69 23.96  svft topk

  table 9: gemma-2b, gsm8k math
  n9.svf_5        120K  36.39 13.96  svf               {QKVUD}
  n9.svft_p_5     120K  36.39 13.86  svft plain        {QKVUD}
  n9.svf_7        194K  39.12 14.02  svf               {QKVUDOG}
  n9.svft_p_7     194K  40.34 14.38  svft plain        {QKVUDOG}  ≈t1.g2.svft_p
  n9.svft_r16    6.35M  50.03 15.56  svft random d=16  {QKVUDOG}  =t1.g2.svft_r16

  table 10: gemma-2b, gsm8k math
  n10.g2.lora4      3.28M  40.60 14.50  lora r=4          {QKVUD}  ~f1.gsm8k.lora4
  n10.g2.dora4      3.66M  41.84 15.04  dora r=4          {QKVUD}  ~f1.gsm8k.dora4
  n10.g2.lora32     26.2M  43.06 15.50  lora r=32         {QKVUD}  =t1.g2.lora32
  n10.g2.dora16     13.5M  44.27 16.18  dora r=16         {QKVUD}  =t1.g2.dora16
  n10.g2.svft_r12   2.98M  47.41 16.72  svft random d=12  {QKVUD}

  table 10: llama-3-8b, gsm8k math
  n10.l8.lora4      7.07M  69.37 22.90  lora r=4          {QKVUD}  ~f5.llama-3-8b.lora4
  n10.l8.dora4      7.86M  74.37 24.10  dora r=4          {QKVUD}
  n10.l8.lora32     56.6M  75.89 24.74  lora r=32         {QKVUD}  =t1.l8.lora32
  n10.l8.dora16     29.1M  75.66 24.72  dora r=16         {QKVUD}  =t1.l8.dora16
  n10.l8.svft_r24  15.98M  75.32 25.08  svft random d=24  {QKVUD}
`,
    'neurips2024',
  ),
  ...reprinted({table: 11, of: 8}),
  ...reprinted({table: 12, of: 10}),
  ...parseRows(
    `
  table 13: gemma-2b, gsm8k math
  n13.lora4     3.28M  40.63  14.5  lora r=4          {QKVUD}    18.88GB  ~f1.gsm8k.lora4
  n13.dora4     3.66M  41.84 15.04  dora r=4          {QKVUD}    24.58GB  ~f1.gsm8k.dora4
  n13.lora32    26.2M  43.06  15.5  lora r=32         {QKVUD}    19.06GB  =t1.g2.lora32
  n13.dora16    13.5M  44.27 16.18  dora r=16         {QKVUD}    24.64GB  =t1.g2.dora16
  n13.svft_r12  2.98M  47.61 16.72  svft random d=12  {QKVUD}    20.50GB  ~n10.g2.svft_r12
  n13.svft_p     194K  40.34 14.38  svft plain        {QKVUDOG}  21.90GB  ≈t1.g2.svft_p
  n13.svft_r8   3.28M  47.76 15.98  svft random d=8   {QKVUDOG}  22.02GB  ≈t5.random8
  n13.svft_r16  6.35M  50.03 15.56  svft random d=16  {QKVUDOG}  22.15GB  =t1.g2.svft_r16

  table 14: llama-3-8b, gsm8k math
  n14.lora1        1.77M  68.84 20.94  lora r=1          {QKVUD}    57.82GB  =t1.l8.lora1
  n14.dora1        2.56M  68.30 21.96  dora r=1          {QKVUD}    70.17GB  ≈t1.l8.dora1
  n14.lora32       56.6M  75.89 24.74  lora r=32         {QKVUD}    58.41GB  =t1.l8.lora32
  n14.dora16       29.1M  75.66 24.72  dora r=16         {QKVUD}    70.44GB  =t1.l8.dora16
  n14.svft_b24    15.98M  75.32 25.08  svft banded d=24  {QKVUD}    71.52GB
  n14.svft_r12     13.1M  75.90 24.22  svft random d=12  {UDOG}     70.37GB  =t1.l8.svft_r12
  n14.svft_p        483K  69.22 20.44  svft plain        {QKVUDOG}  73.95GB  ≠t1.l8.svft_p
  n14.svft_r12_7   15.9M  73.99 25.08  svft random d=12  {QKVUDOG}  71.52GB
`,
    'neurips2024',
  ),
]

/** The rows of a table whose every cell arXiv v1 prints, in table `of`: `n11.lora1` for `t8.lora1`. */
function reprinted({table, of}: {readonly table: number; readonly of: number}): PaperRow[] {
  return PAPER_ROWS.filter(row => row.table === of).map(row => ({
    ...row,
    cell: row.cell.replace(`t${of}.`, `n${table}.`),
    version: 'neurips2024',
    table,
    sameAs: row.cell,
    sameRun: row.cell,
  }))
}
