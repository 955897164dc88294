/** A point of a figure: its label in the legend, and the cell that recipes name. */
export interface PaperPoint {
  readonly figure: number
  readonly panel: string
  readonly label: string
  /** The cell of a row of `PAPER_ROWS` if a table prints the point, else `f1.…`, `f4.…`, `f5.…`. */
  readonly cell: string
}

/**
 * The points of figures 1, 4 and 5 (2 and 3 are diagrams). The paper prints no scores for points that are in no table;
 * they could only be measured in the picture, and are not here.
 */
export const PAPER_POINTS: readonly PaperPoint[] = parsePoints(`
  figure 1, GSM8K of Gemma-2B
  SVFT P        t1.g2.svft_p
  SVFT B d=2    f1.gsm8k.svft_b2
  SVFT B d=4    f1.gsm8k.svft_b4
  SVFT B d=8    t5.banded8
  SVFT B d=16   t5.banded16
  SVFT R d=16   t1.g2.svft_r16
  LoRA r=1      t1.g2.lora1
  LoRA r=4      f1.gsm8k.lora4
  LoRA r=32     t1.g2.lora32
  DoRA r=1      t1.g2.dora1
  DoRA r=4      f1.gsm8k.dora4
  DoRA r=16     t1.g2.dora16
  VeRA r=1024   t1.g2.vera1024
  VeRA r=2048   f1.gsm8k.vera2048
  BOFT m=2 b=8  t1.g2.boft
  Full          t1.g2.fft

  figure 1, commonsense of Gemma-2B
  SVFT P        t8.svft_p
  SVFT B d=2    f1.commonsense.svft_b2
  SVFT B d=4    f1.commonsense.svft_b4
  SVFT B d=8    f1.commonsense.svft_b8
  SVFT B d=16   t8.svft_b16
  LoRA r=1      t8.lora1
  LoRA r=32     t8.lora32
  DoRA r=1      t8.dora1
  DoRA r=4      f1.commonsense.dora4
  DoRA r=16     t8.lora16
  VeRA r=2048   t8.vera2048
  BOFT m=2 b=8  t8.boft
  Full          t8.fft

  figure 4, GSM8K of Gemma-2B
  Q,V P            f4.qv.plain
  Q,V d=2          f4.qv.d2
  Q,V d=4          f4.qv.d4
  Q,V d=8          f4.qv.d8
  Q,K,V P          f4.qkv.plain
  Q,K,V d=2        f4.qkv.d2
  Q,K,V d=4        f4.qkv.d4
  Q,K,V d=8        f4.qkv.d8
  U,D P            f4.ud.plain
  U,D d=2          f4.ud.d2
  U,D d=4          f4.ud.d4
  U,D d=8          f4.ud.d8
  Q,K,V,U,D P      f4.qkvud.plain
  Q,K,V,U,D d=2    f4.qkvud.d2
  Q,K,V,U,D d=4    f4.qkvud.d4
  Q,K,V,U,D d=8    f4.qkvud.d8
  Q,K,V,U,D,G,O P    t1.g2.svft_p
  Q,K,V,U,D,G,O d=2  f1.gsm8k.svft_b2
  Q,K,V,U,D,G,O d=4  f1.gsm8k.svft_b4
  Q,K,V,U,D,G,O d=8  t5.banded8

  figure 5, GSM8K of Gemma-7B
  SVFT P        t1.g7.svft_p
  SVFT B d=2    f5.gemma-7b.svft_b2
  SVFT R d=16   t1.g7.svft_r16
  LoRA r=1      t1.g7.lora1
  LoRA r=4      f5.gemma-7b.lora4
  LoRA r=32     t1.g7.lora32
  DoRA r=1      t1.g7.dora1
  DoRA r=4      f5.gemma-7b.dora4
  DoRA r=16     t1.g7.dora16
  VeRA r=1024   t1.g7.vera1024
  BOFT m=2 b=8  t1.g7.boft
  Full          t1.g7.fft

  figure 5, GSM8K of LLaMA-3-8B
  SVFT P        t1.l8.svft_p
  SVFT B d=2    f5.llama-3-8b.svft_b2
  SVFT B d=8    f5.llama-3-8b.svft_b8
  SVFT B d=12   f5.llama-3-8b.svft_b12
  LoRA r=1      t1.l8.lora1
  LoRA r=4      f5.llama-3-8b.lora4
  LoRA r=32     t1.l8.lora32
  DoRA r=1      t1.l8.dora1
  DoRA r=16     t1.l8.dora16
  VeRA r=1024   t1.l8.vera1024
  BOFT m=2 b=8  t1.l8.boft
  Full          t1.l8.fft
`)

function parsePoints(text: string): PaperPoint[] {
  return text
    .trim()
    .split('\n\n')
    .flatMap(block => {
      const [heading, ...lines] = block.trim().split('\n')
      const [, figure, panel] = /^figure (\d+), (.*)$/.exec(heading) ?? []
      return lines.map(line => {
        const [label, cell] = line.trim().split(/ {2,}/)
        return {figure: Number(figure), panel, label, cell}
      })
    })
}
