// Types of cells chosen out of an ontology: the page's own, where it was built with one, and an OBO file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeSource, at, BACKENDS, insistOnGpu, open, phase, root, save } from './page.mjs';

const LONG = { timeout: 240_000 };
const bad = (messages) => messages.filter((message) => message.startsWith('pageerror'));
const lines = async (page) => (await at(page, 'ask-text').inputValue()).split('\n').filter(Boolean);

/** The labels of the demo and what the Cell Ontology calls those types. */
const TYPES = {
  'CD14+ Monocyte': 'CD14-positive monocyte',
  'CD19+ B': 'B cell',
  'CD34+': 'hematopoietic stem cell',
  'CD4+/CD25 T Reg': 'regulatory T cell',
  'CD4+/CD45RA+/CD25- Naive T': 'naive thymus-derived CD4-positive, alpha-beta T cell',
  'CD4+/CD45RO+ Memory': 'CD4-positive, alpha-beta memory T cell',
  'CD56+ NK': 'natural killer cell',
  'CD8+ Cytotoxic T': 'CD8-positive, alpha-beta cytotoxic T cell',
  'CD8+/CD45RA+ Naive Cytotoxic': 'naive thymus-derived CD8-positive, alpha-beta T cell',
  Dendritic: 'dendritic cell',
};

async function demo(page) {
  await at(page, 'try-demo').click();
  await phase(page, 'map', 'ready', 400_000);
  await at(page, 'stage-explore').click();
  await at(page, 'tab-ask').click();
}

/** Chooses the entry of a list that names a column. */
async function chooseColumn(page, id, column) {
  const entry = at(page, id).locator('option', { hasText: column }).first();
  await at(page, id).selectOption(await entry.getAttribute('value'));
}

/** Searches a type by its whole name, which comes first. */
async function find(page, name) {
  await at(page, 'type-search').fill(name);
  const first = at(page, 'type-found').first();
  await first.filter({ has: page.getByText(name, { exact: true }) }).waitFor();
  return first;
}

async function openOntology(page, t) {
  if ((await at(page, 'open-ontology').count()) === 0) {
    t.skip('the page was built without the Cell Ontology');
    return false;
  }
  await at(page, 'open-ontology').click();
  await at(page, 'ontology').waitFor(LONG);
  return true;
}

for (const { name, webgpu } of BACKENDS) {
  test(`types of the Cell Ontology are asked about: ${name}`, { timeout: 900_000 }, async (t) => {
    const { page, requests, close, messages } = await open({ webgpu });
    try {
      if (webgpu) await insistOnGpu(page);
      await demo(page);
      const isFetched = () => requests.some((url) => url.includes('/cell-ontology.'));
      assert.ok(!isFetched(), 'it is fetched only when it is asked for');
      if (!(await openOntology(page, t))) return;
      assert.ok(isFetched());
      assert.match(await at(page, 'ontology-facts').innerText(), /release \d{4}-\d\d-\d\d.*CC BY 4\.0/);

      // A search by name, by synonym and by id; the kinds below are counted.
      const leukocyte = await find(page, 'leukocyte');
      const n = Number((await leukocyte.getByTestId('add-kinds').innerText()).match(/[\d\u202f]+/)[0].replace('\u202f', ''));
      assert.ok(n > 300, `${n} kinds of leukocyte`);
      await leukocyte.getByTestId('add-kinds').click();
      await at(page, 'types-said').filter({ hasText: 'at most 300 texts' }).waitFor();
      assert.deepEqual(await lines(page), []);
      await at(page, 'type-search').fill('white blood cell');
      await at(page, 'type-found').filter({ hasText: 'also: white blood cell' }).first().waitFor();
      await at(page, 'type-search').fill('CL:0000236');
      await at(page, 'type-found').filter({ hasText: 'B cell' }).waitFor();
      await at(page, 'type-search').fill('there is no such cell');
      await at(page, 'types-n').filter({ hasText: 'No type' }).waitFor();

      // All kinds below a type.
      const monocyte = await find(page, 'monocyte');
      const below = Number((await monocyte.getByTestId('add-kinds').innerText()).match(/\d+/)[0]);
      await monocyte.getByTestId('add-kinds').click();
      await at(page, 'types-said').filter({ hasText: `Added ${below} kinds` }).waitFor();
      assert.equal((await lines(page)).length, below);
      await monocyte.getByTestId('add-kinds').click();
      await at(page, 'types-said').filter({ hasText: 'Nothing to add' }).waitFor();

      // Ten types, called what the labels call them: ranked, told, judged.
      await at(page, 'ask-text').fill('');
      for (const type of Object.values(TYPES)) {
        const found = await find(page, type);
        await found.getByTestId('add-type').click();
        await found.getByTestId('add-type').filter({ hasText: 'In the list' }).waitFor();
      }
      const definitions = await lines(page);
      assert.equal(definitions.length, 10);
      const renamed = Object.keys(TYPES).map((label, place) => `${label}: ${definitions[place].slice(definitions[place].indexOf(':') + 2)}`);
      await at(page, 'ask-text').fill(renamed.join('\n'));
      await chooseColumn(page, 'ask-by', 'bulk_labels');
      await at(page, 'explore-run').click();
      await at(page, 'zero-shot-table').waitFor(LONG);
      const unsure = (await at(page, 'zero-shot-table').getByRole('row').filter({ hasText: 'unsure' }).innerText()).replaceAll('\t', ' ');
      console.log(`${name}: ${await at(page, 'ask-against').innerText()} ${unsure}`);
      const from = await at(page, 'ask-from').innerText();
      assert.match(from, /All 10 texts are types of the Cell Ontology \(release \d{4}-\d\d-\d\d, CC BY 4\.0\)/);

      // A path from the cells most like one of the texts.
      await at(page, 'tab-path').click();
      const root = await at(page, 'path-root').locator('option', { hasText: 'most like “CD34+”' }).getAttribute('value');
      await at(page, 'path-root').selectOption(root);
      assert.equal(await at(page, 'path-root-class').count(), 0);
      await chooseColumn(page, 'path-by', 'bulk_labels');
      await at(page, 'explore-run').click();
      await at(page, 'path-report').waitFor(LONG);
      assert.match(await at(page, 'path-report').getByRole('heading').first().innerText(), /most like “CD34\+”/);
      assert.match(await at(page, 'path-notes').innerText(), /medoid.* of 7 cells/);
      console.log(`${name}: ${await at(page, 'path-words').innerText()}`);

      // All of it stands in the report, with where the definitions come from.
      const report = readFileSync((await save(page, 'save-report-html')).path, 'utf8');
      assert.equal(report.match(/All 10 texts are types of the Cell Ontology \(release/g).length, 2, 'the answer and the methods');
      assert.ok(report.includes('CL:0000236') && report.includes('most like “CD34+”'));
      assert.deepEqual(bad(messages), []);
    } finally {
      await close();
    }
  });
}

test('an OBO file is opened, and a broken one is refused with the line', { timeout: 600_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await demo(page);
    const blood = readFileSync(join(root, 'tests/golden/ontology/blood.obo'), 'utf8');
    const give = (name, text) => at(page, 'obo-input').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

    const broken = blood.replace('def: "The unit of all life."', 'def: "The unit of all life.');
    await give('broken.obo', broken);
    const line = 1 + broken.split('\n').findIndex((own) => own.startsWith('def: "The unit'));
    const refused = at(page, 'ontology-refused');
    await refused.filter({ hasText: `broken.obo, line ${line}: expected a quote at the end of the text` }).waitFor();
    await give('cl.owl', '<?xml version="1.0"?>\n<rdf:RDF/>');
    await refused.filter({ hasText: 'expected an OBO file' }).waitFor();
    assert.equal(await at(page, 'ontology').count(), 0);

    await give('blood.obo', blood);
    await at(page, 'ontology').waitFor();
    assert.match(await at(page, 'ontology-facts').innerText(), /blood\/2026-01-31.*8 types, 7 with a definition/);
    const leukocyte = await find(page, 'leukocyte');
    await leukocyte.getByTestId('add-kinds').click();
    await at(page, 'types-said').filter({ hasText: 'Added 5 kinds' }).waitFor();
    const added = await lines(page);
    assert.ok(added.includes('B cell: A lymphocyte that expresses an immunoglobulin complex.'), added.join('\n'));
    assert.ok(added.includes('T cell'), 'a type without a definition is its name alone');
    await at(page, 'explore-run').click();
    await at(page, 'zero-shot-table').waitFor(LONG);
    assert.match(await at(page, 'ask-from').innerText(), /All 5 texts are types of blood\.obo \(release blood\/2026-01-31\)/);

    // What was typed by hand comes from nowhere.
    await at(page, 'ask-text').fill('a lymphocyte that makes antibodies');
    await at(page, 'explore-run').click();
    await at(page, 'ask-name').filter({ hasText: 'antibodies' }).waitFor(LONG);
    assert.equal(await at(page, 'ask-from').count(), 0);
    await at(page, 'ontology-close').click();
    assert.equal(await at(page, 'ontology').count(), 0);

    // A file that is dropped on the page goes the same way.
    await at(page, 'stage-map').click();
    await at(page, 'file-input').setInputFiles(join(root, 'tests/golden/ontology/blood.obo'));
    await at(page, 'ontology-facts').filter({ hasText: '8 types' }).waitFor();
    assert.deepEqual(bad(messages), []);
  } finally {
    await close();
  }
});

test('choosing types is accessible, light and dark, and works by the keyboard', { timeout: 600_000 }, async () => {
  for (const colorScheme of ['light', 'dark']) {
    const { page, close } = await open({ webgpu: false, colorScheme });
    try {
      await demo(page);
      await at(page, 'obo-input').setInputFiles(join(root, 'tests/golden/ontology/blood.obo'));
      await at(page, 'ontology').waitFor();
      await at(page, 'type-search').focus();
      await page.keyboard.type('white blood');
      await at(page, 'type-found').filter({ hasText: 'also: white blood cell' }).waitFor();
      assert.equal(await at(page, 'type-search').inputValue(), 'white blood');
      await page.keyboard.press('Control+A');
      await page.keyboard.type('lympho');
      await at(page, 'type-found').first().filter({ hasText: 'lymphocyte' }).waitFor();
      await page.keyboard.press('Tab');
      while (!(await page.evaluate(() => document.activeElement.dataset.testid === 'add-type'))) await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await at(page, 'types-said').filter({ hasText: 'Added “lymphocyte”' }).waitFor();
      await page.evaluate(axeSource());
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const found = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      assert.deepEqual(found, [], colorScheme);
    } finally {
      await close();
    }
  }
});
