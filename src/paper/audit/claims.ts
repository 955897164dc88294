import {mean} from '../../statistics/mean-variance.ts'
import {
  about,
  above,
  alike,
  atLeast,
  below,
  type Claim,
  type ClaimPart,
  equal,
  lessMemory,
  matches,
  notCheckable,
  type PrintedValues,
} from './claim.ts'

const MODELS = {g2: 'Gemma-2B', g7: 'Gemma-7B', l8: 'LLaMA-3-8B'} as const
const TASKS = {gsm8k: 'GSM-8K', math: 'MATH'} as const

const models = Object.entries(MODELS)
const tasks = Object.entries(TASKS)

/** The other methods of tables 5 and 10. */
const LOW_RANK = ['lora4', 'dora4', 'lora32', 'dora16']

/** SVFT random of table 1: d=12 on LLaMA-3-8B, else d=16. */
const random = (model: string) => `1.${model}.svft_r${model === 'l8' ? 12 : 16}`

const percent = (part: number, whole: number) => (100 * part) / whole
const gain = (score: number, than: number) => percent(score - than, than)

/** GSM-8K on Gemma-2B, as a share of full fine-tuning. */
const recovered = ({score}: PrintedValues, cell: string) => percent(score(cell, 'gsm8k'), score('1.g2.fft', 'gsm8k'))

/** Both tasks together, as a share of full fine-tuning. */
const pooled = ({score}: PrintedValues, cell: string) =>
  percent(score(cell, 'gsm8k') + score(cell, 'math'), score('1.g2.fft', 'gsm8k') + score('1.g2.fft', 'math'))

/** The numbers of the prose of both versions, and comparisons that it makes in words, each as a function of the version's own tables. */
export const PROSE_CLAIMS: readonly Claim[] = [
  {
    id: 'abstract_recovery',
    where: 'abstract, 1, 5.1',
    text: 'SVFT recovers up to 96 % of full fine-tuning (GSM-8K, Gemma-2B)',
    parts: values => [equal('SVFT random d=16 of full fine-tuning', '96 %', recovered(values, '1.g2.svft_r16'))],
  },
  {
    id: 'abstract_share',
    where: 'abstract, 1',
    text: 'SVFT trains 0.006 to 0.25 % of the parameters',
    parts: ({params}) => [
      equal('SVFT plain, LLaMA-3-8B', '0.006 %', percent(params('1.l8.svft_p'), params('1.l8.fft'))),
      equal('SVFT plain, Gemma-7B, table 1', '0.006 %', percent(params('1.g7.svft_p'), params('1.g7.fft'))),
      equal('SVFT plain, Gemma-7B, table 2', '0.006 %', percent(params('2.svft_p'), params('2.fft'))),
      equal('SVFT random d=16, Gemma-2B', '0.25 %', percent(params('1.g2.svft_r16'), params('1.g2.fft'))),
    ],
  },
  {
    id: 'abstract_others',
    where: 'abstract, 1',
    text: 'other methods recover up to 85 % with 0.03 to 0.8 % of the parameters',
    parts: values => [
      equal('DoRA r=16, GSM-8K', '85 %', recovered(values, '1.g2.dora16')),
      equal('DoRA r=16, both tasks', '85 %', pooled(values, '1.g2.dora16')),
      equal('LoRA r=1, Gemma-2B', '0.03 %', percent(values.params('1.g2.lora1'), values.params('1.g2.fft'))),
      equal('LoRA r=32, Gemma-7B', '0.8 %', percent(values.params('1.g7.lora32'), values.params('1.g7.fft'))),
      equal('LoRA r=32, Gemma-2B', '0.8 %', percent(values.params('1.g2.lora32'), values.params('1.g2.fft'))),
    ],
  },
  {
    id: 'fig1_75',
    where: 'caption of figure 1',
    text: 'SVFT d=16 trains 75 % fewer parameters than DoRA r=8 and r=16',
    parts: ({version, params}) => [
      equal('SVFT random d=16 and DoRA r=16', '75 %', 100 - percent(params('1.g2.svft_r16'), params('1.g2.dora16'))),
      equal(
        'SVFT random d=8 and DoRA r=16',
        '75 %',
        100 - percent(params(version === 'arxiv-v1' ? '5.random8' : '13.svft_r8'), params('1.g2.dora16')),
      ),
      notCheckable('DoRA r=8 is in no table and no figure', '75 %'),
    ],
  },
  {
    id: 's51_18',
    where: '5.1',
    text: 'SVFT plain gains up to 18 % over BOFT and LoRA r=1, which train 6 times as many parameters (Gemma-2B)',
    parts: ({score, params}) =>
      [
        ['boft', 'BOFT'],
        ['lora1', 'LoRA r=1'],
      ].flatMap(([cell, label]) => [
        ...tasks.map(([task, name]) =>
          equal(`over ${label}, ${name}`, '18 %', gain(score('1.g2.svft_p', task), score(`1.g2.${cell}`, task))),
        ),
        equal(`parameters of ${label}`, '6 times', params(`1.g2.${cell}`) / params('1.g2.svft_p')),
      ]),
  },
  {
    id: 's51_155',
    where: '5.1',
    text: 'SVFT plain gains 15.5 % over VeRA on average',
    parts: ({score}) => {
      const gains = models.flatMap(([model]) =>
        tasks.map(([task]) => gain(score(`1.${model}.svft_p`, task), score(`1.${model}.vera1024`, task))),
      )
      return [equal('mean of three models and two tasks', '15.5 %', mean(gains))]
    },
  },
  {
    id: 's51_3x',
    where: '5.1',
    text: 'SVFT random matches methods with at least 3 times as many parameters',
    parts: ({params, difference}) =>
      models.flatMap(([model, name]) => {
        const other = `1.${model}.lora32` // DoRA r=16 trains about twice as many
        return [
          atLeast(`parameters of LoRA r=32, ${name}`, 3, params(other) / params(random(model))),
          ...tasks.map(([task, column]) =>
            matches(`LoRA r=32, ${name}, ${column}`, difference([random(model), other], task)),
          ),
        ]
      }),
  },
  {
    id: 's51_86',
    where: '5.1',
    text: 'DoRA r=16 recovers 86 % with twice the parameters of SVFT random (GSM-8K, Gemma-2B)',
    parts: values => [
      equal('GSM-8K', '86 %', recovered(values, '1.g2.dora16')),
      equal('both tasks', '86 %', pooled(values, '1.g2.dora16')),
      equal('parameters', '2 times', values.params('1.g2.dora16') / values.params('1.g2.svft_r16')),
    ],
  },
  {
    id: 's51_cs_ratio',
    where: '5.1',
    text: 'LoRA r=1 trains 1.9 times, DoRA r=1 7.7 times and VeRA 3.5 times as many parameters as SVFT plain, 0.43M',
    parts: ({params, exact}) =>
      [
        ['lora1', 'LoRA r=1', '1.9 times'],
        ['dora1', 'DoRA r=1', '7.7 times'],
        ['vera2048', 'VeRA', '3.5 times'],
      ].flatMap(([cell, label, printed]) => [
        equal(`${label}, printed #Params`, printed, params(`2.${cell}`) / params('1.g7.svft_p')),
        equal(`${label}, exact counts`, printed, exact(`2.${cell}`) / exact('1.g7.svft_p')),
      ]),
  },
  {
    id: 's51_116',
    where: '5.1',
    text: 'SVFT plain gains 1.16 % over VeRA (average of table 2)',
    parts: ({score}) => [
      equal('relative', '1.16 %', gain(score('2.svft_p', 'average'), score('2.vera2048', 'average'))),
      equal('difference', '1.16 points', score('2.svft_p', 'average') - score('2.vera2048', 'average')),
    ],
  },
  {
    id: 's51_7x',
    where: 'caption of table 2, 5.1',
    text: 'SVFT banded d=8 matches LoRA r=32 with 7 times fewer parameters',
    parts: ({params, exact, difference}) => [
      matches('average', difference(['2.svft_b8', '2.lora32'], 'average')),
      equal('printed #Params', '7 times', params('2.lora32') / params('2.svft_b8')),
      equal('exact counts', '7 times', exact('2.lora32') / exact('2.svft_b8')),
    ],
  },
  {
    id: 's51_glue',
    where: '5.1',
    text: 'SVFT plain matches LoRA r=8 and DoRA r=4, which train 12 to 22 times, and OFT and BOFT, which train 12 times as many parameters (GLUE)',
    parts: ({params, difference}) => [
      ...[
        ['lora8', 'LoRA r=8', '22 times'],
        ['dora4', 'DoRA r=4', '12 times'],
        ['boft', 'BOFT', '12 times'],
      ].flatMap(([cell, label, printed]) => [
        matches(`${label}, average`, difference(['3.svft_p', `3.${cell}`], 'average')),
        equal(`parameters of ${label}`, printed, params(`3.${cell}`) / params('3.svft_p')),
      ]),
      notCheckable('OFT is in no table', '12 times'),
    ],
  },
  {
    id: 's52_cifar100',
    where: '5.2',
    text: 'SVFT banded d=8 is above full fine-tuning, LoRA r=8 and DoRA r=8 (CIFAR-100, ViT-B)',
    version: 'arxiv-v1',
    parts: ({difference}) =>
      [
        ['fft', 'full fine-tuning'],
        ['lora8', 'LoRA r=8'],
        ['dora8', 'DoRA r=8'],
      ].map(([cell, label]) => above(`over ${label}`, difference(['9.vb.svft_b8', `9.vb.${cell}`], 'cifar100'))),
  },
  {
    id: 's52_flowers102',
    where: '5.2',
    text: 'SVFT banded d=2 matches LoRA r=8 and DoRA r=8 with up to 5 times fewer parameters (Flowers102, ViT-B)',
    version: 'arxiv-v1',
    parts: ({params, difference}) =>
      [
        ['lora8', 'LoRA r=8'],
        ['dora8', 'DoRA r=8'],
      ].flatMap(([cell, label]) => [
        matches(label, difference(['4.vb.svft_b2', `4.vb.${cell}`], 'flowers102')),
        equal(`parameters of ${label}`, '5 times', params(`4.vb.${cell}`) / params('4.vb.svft_b2')),
      ]),
  },
  {
    id: 's52_avg',
    where: '5.2',
    text: 'SVFT banded averages 83.87, full fine-tuning 83.72 (four datasets, ViT-B)',
    version: 'neurips2024',
    parts: ({score}) => {
      const average = (cell: string) =>
        mean(['cifar100', 'food101', 'flowers102', 'resisc45'].map(column => score(`4.vb.${cell}`, column)))
      return [equal('SVFT banded', '83.87', average('svft_b4')), equal('full fine-tuning', '83.72', average('fft'))]
    },
  },
  {
    id: 's53_mem',
    where: '3.2, 6',
    text: 'SVFT takes about twice the memory of LoRA, and less than BOFT',
    version: 'arxiv-v1',
    parts: () => [notCheckable('no table prints memory', '2 times')],
  },
  {
    id: 's53_mem',
    where: '5.3, 6, C.5',
    text: 'SVFT takes about 1.2 times the memory of LoRA',
    version: 'neurips2024',
    parts: ({memory}) =>
      MEMORY.flatMap(({name, svft, lora}) => {
        const ratios = svft.flatMap(cell => lora.map(other => memory(cell) / memory(other)))
        return [
          about(`${name}, least`, '1.2 times', Math.min(...ratios)),
          about(`${name}, most`, '1.2 times', Math.max(...ratios)),
        ]
      }),
  },
  {
    id: 's53_dora',
    where: 'caption of table 5, C.5',
    text: 'SVFT takes less memory than DoRA',
    version: 'neurips2024',
    parts: ({memory}) => [
      ...MEMORY.map(({name, svft, dora}) =>
        lessMemory(
          `${name}, most of SVFT and least of DoRA`,
          Math.max(...svft.map(memory)) - Math.min(...dora.map(memory)),
        ),
      ),
      lessMemory('LLaMA-3-8B, least of both', memory('14.svft_r12') - memory('14.dora1')),
    ],
  },
  {
    id: 't5_perf',
    where: 'caption of table 5',
    text: 'SVFT is above LoRA and DoRA (mean of GSM-8K and MATH)',
    version: 'neurips2024',
    parts: values =>
      models.slice(0, 2).flatMap(([model, name]) => {
        const best = highest(values, rowsOf(`5.${model}`, LOW_RANK), 'perf')
        return [
          ['svft_p', 'plain'],
          ['svft_r8', 'random d=8'],
          ['svft_r16', 'random d=16'],
        ].map(([cell, label]) =>
          above(`${name}, ${label} over the best`, values.difference([`5.${model}.${cell}`, best], 'perf')),
        )
      }),
  },
  {
    id: 's54_10',
    where: '5.4; 5.3 in arXiv v1',
    text: 'adapting U, D gains up to 10 % over Q, V with 0.8M parameters',
    parts: () => [notCheckable('figure 4 prints no values', '10 %')],
  },
  {
    id: 's55_banded',
    where: '5.4',
    text: 'random and top-k are above banded on GSM-8K, and below it on MATH',
    version: 'arxiv-v1',
    parts: ({difference}) =>
      [8, 16].flatMap(d =>
        ['random', 'topk'].flatMap(pattern => [
          above(`${pattern} d=${d}, GSM-8K`, difference([`5.${pattern}${d}`, `5.banded${d}`], 'gsm8k')),
          below(`${pattern} d=${d}, MATH`, difference([`5.${pattern}${d}`, `5.banded${d}`], 'math')),
        ]),
      ),
  },
  {
    id: 's55_banded',
    where: '5.5, table 7',
    text: 'banded is the best pattern over models and tasks, then random, top-k and plain (average ranks 1, 2, 3, 4)',
    version: 'neurips2024',
    parts: values => [
      ...ranks(values.score),
      ...models.flatMap(([model, name]) =>
        tasks.map(([task, column]) => {
          const best = highest(values, rowsOf(`7.${model}`, ['plain', 'random16', 'topk16']), task)
          const pair = [`7.${model}.banded16`, best] as const
          return above(`banded over the best other, ${name}, ${column}`, values.difference(pair, task))
        }),
      ),
    ],
  },
  {
    id: 's56_weights',
    where: '5.6, caption of table 6; 5.5 in arXiv v1',
    text: 'SVFT benefits more from better pre-trained weights than LoRA, and is above it with both',
    parts: ({difference}) =>
      [
        ['gain', 'gain from 39K to 143K steps'],
        ['step39000', '39K steps'],
        ['step143000', '143K steps'],
      ].map(([column, label]) => above(label, difference(['6.svft', '6.lora'], column))),
  },
  {
    id: 'c1_svf',
    where: 'C.1',
    text: 'SVF and SVFT plain perform alike',
    version: 'neurips2024',
    parts: ({difference}) =>
      [5, 7].flatMap(modules =>
        tasks.map(([task, name]) =>
          alike(`${modules} modules, ${name}`, difference([`9.svft_p_${modules}`, `9.svf_${modules}`], task)),
        ),
      ),
  },
  {
    id: 'c2_best',
    where: 'C.2',
    text: 'SVFT is the best method on equal modules',
    version: 'neurips2024',
    parts: values =>
      [
        ['g2', 'Gemma-2B', 'svft_r12'],
        ['l8', 'LLaMA-3-8B', 'svft_r24'],
      ].flatMap(([model, name, svft]) =>
        tasks.map(([task, column]) => {
          const best = highest(values, rowsOf(`10.${model}`, LOW_RANK), task)
          return above(`${name}, ${column}`, values.difference([`10.${model}.${svft}`, best], task))
        }),
      ),
  },
  {
    id: 'c4_75',
    where: 'C.4; C.3 in arXiv v1',
    text: 'rank 1,536 is 75 % of the full rank; full rank trains 0.25 times the parameters of rank 1,536 with d=2',
    parts: ({version, params, exact}) => {
      const table = version === 'arxiv-v1' ? 10 : 12
      return [
        equal('rank 1,536 of 2,048', '75 %', percent(1536, 2048)),
        equal('printed #Params', '0.25 times', params(`${table}.r2048`) / params(`${table}.r1536d2`)),
        equal('exact counts', '0.25 times', exact(`${table}.r2048`) / exact(`${table}.r1536d2`)),
      ]
    },
  },
  {
    id: 'fn4_boft',
    where: 'footnote 4',
    text: 'BOFT is about three times slower than LoRA',
    parts: () => [notCheckable('no table prints times', '3 times')],
  },
]

/** The rows of tables 5 and 14 that print memory. */
const MEMORY = [
  {name: 'Gemma-2B', svft: ['5.g2.svft_p', '5.g2.svft_r8', '5.g2.svft_r16', '13.svft_r12'], ...others('5.g2', 4)},
  {name: 'Gemma-7B', svft: ['5.g7.svft_p', '5.g7.svft_r8', '5.g7.svft_r16'], ...others('5.g7', 4)},
  {name: 'LLaMA-3-8B', svft: ['14.svft_b24', '14.svft_r12', '14.svft_p', '14.svft_r12_7'], ...others('14', 1)},
]

function others(table: string, rank: number) {
  return {
    lora: [`${table}.lora${rank}`, `${table}.lora32`],
    dora: [`${table}.dora${rank}`, `${table}.dora16`],
  }
}

const rowsOf = (table: string, names: readonly string[]) => names.map(name => `${table}.${name}`)

const highest = ({score}: PrintedValues, cells: readonly string[], column: string) =>
  cells.reduce((best, cell) => (score(cell, column) > score(best, column) ? cell : best))

/** The average ranks of table 7, over three models and two tasks. */
function ranks(score: PrintedValues['score']): ClaimPart[] {
  const patterns = ['banded16', 'random16', 'topk16', 'plain']
  const columns = models.flatMap(([model]) =>
    tasks.map(([task]) => patterns.map(pattern => score(`7.${model}.${pattern}`, task))),
  )
  return ['banded', 'random', 'top-k', 'plain'].map((label, i) => {
    const own = columns.map(scores => 1 + scores.filter(other => other > scores[i]).length)
    return equal(`average rank, ${label}`, String(i + 1), mean(own))
  })
}
