import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { at, type Fields, fields, list } from '../deploy/helpers/files.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { REPOSITORY } from '../harness/service.ts';

describe('kustomize builds the overlay for production', { skip: skipWithout('kustomize') }, () => {
  let objects: Fields[];

  before(() => {
    // The command of the base's comment, as kubectl runs it.
    const folder = 'deploy/kubernetes/overlays/production';
    const built = execFileSync(
      program('kustomize'),
      ['build', '--load-restrictor', 'LoadRestrictionsNone', folder],
      { cwd: REPOSITORY, encoding: 'utf8' },
    );
    objects = parseAllDocuments(built).map((document) => fields(document.toJS()));
  });

  const named = (kind: string, name: string) =>
    objects.find((each) => each.kind === kind && at(each, 'metadata', 'name') === name) ?? {};

  test('with every object in its namespace, and none twice', () => {
    const names = objects.map((each) => `${each.kind}/${at(each, 'metadata', 'name')}`);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length > 0);
    for (const each of objects) {
      const namespace = at(each, 'metadata', each.kind === 'Namespace' ? 'name' : 'namespace');
      assert.equal(namespace, 'workflow-service', String(at(each, 'metadata', 'name')));
    }
  });

  test('with its image, number of pods and resources, and the rest of the base', () => {
    const { replicas, template } = fields(named('Deployment', 'workflow-service').spec);
    const [container] = list(at(template, 'spec', 'containers')).map(fields);
    assert.equal(replicas, 3);
    assert.equal(container?.image, 'registry.example.org/workflow-service:1.0.0');
    assert.deepEqual(container?.resources, {
      requests: { cpu: '1', memory: '768Mi' },
      limits: { memory: '1Gi' },
    });
    assert.notDeepEqual(list(container?.env), []);
  });

  test("with a Collector whose volume is the ConfigMap of its configuration's content", () => {
    const pod = at(named('Deployment', 'otel-collector').spec, 'template', 'spec');
    const maps = list(at(pod, 'volumes')).map((volume) => at(volume, 'configMap', 'name'));
    const name = String(maps.find((each) => each !== undefined));
    assert.match(name, /^otel-collector-\w+$/);
    const text = String(at(named('ConfigMap', name), 'data', 'config.yaml'));
    assert.match(text, /^service:$/m);
  });
});
