import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { REPOSITORY } from '../harness/service.ts';
import { at, type Fields, fields, list, read, readYaml } from './helpers/files.ts';

const [compose = {}] = readYaml('deploy/compose.yaml');
const [examples = {}] = readYaml('deploy/compose.examples.yaml');
const [prometheus = {}] = readYaml('deploy/prometheus.yml');
const dockerfile = read('deploy/Dockerfile');

const services = new Map(
  Object.entries(fields(compose.services)).map(([name, service]): [string, Fields] => [
    name,
    fields(service),
  ]),
);
const added = new Map(
  Object.entries(fields(examples.services)).map(([name, service]): [string, Fields] => [
    name,
    fields(service),
  ]),
);

/** Services that are described in one place; the examples change one of the others. */
const whole = [...services, ...[...added].filter(([name]) => !services.has(name))];

/** The variables that the Collector's configuration takes from the environment, with their defaults. */
function collectorSettings(): Map<string, string> {
  const found = read('otel-collector/config.yaml').matchAll(/\$\{env:(\w+):-([^}]*)\}/g);
  return new Map([...found].map(([, name = '', otherwise = '']) => [name, otherwise]));
}

describe('compose.yaml', () => {
  test('every image has a version', () => {
    for (const [name, { image, build }] of services) {
      if (build === undefined) assert.match(String(image), /^[a-z/-]+:v?\d+\.\d+\.\d+$/, name);
    }
  });

  // The loader takes such files; the container is then not created. (docker/compose, pkg/compose/secrets.go and create.go)
  test('a secret of a read-only container is a file, whose owner and mode Compose leaves alone', () => {
    for (const [name, { read_only, secrets, configs }] of whole) {
      assert.equal(read_only, true, name);
      assert.equal(configs, undefined, name);
      for (const secret of list(secrets)) {
        assert.equal(typeof secret, 'string', `${name}: uid, gid and mode of a secret are ignored`);
        assert.deepEqual(Object.keys(fields(at(compose.secrets, String(secret)))), ['file'], name);
      }
    }
  });

  test('the token stays out of the image and of the repository, and the command that makes it is in the file', () => {
    const [, file = ''] = /:-\.\/(.*)\}$/.exec(String(at(compose.secrets, 'metrics-token', 'file'))) ?? [];
    assert.equal(file, 'secrets/metrics-token');
    assert.match(
      read('deploy/compose.yaml'),
      new RegExp(`>deploy/${file} && chmod 444 deploy/${file}$`, 'm'),
    );
    assert.match(read('deploy/Dockerfile.dockerignore'), /^\*\*\/secrets$/m);
    assert.match(read('.gitignore'), /^secrets\/$/m);
  });

  test('no variable is silently empty where it is not set', () => {
    for (const path of ['deploy/compose.yaml', 'deploy/compose.examples.yaml']) {
      const text = read(path).replaceAll(/^ *#.*$/gm, '');
      for (const [, after = ''] of text.matchAll(/\$(.*)/g)) assert.match(after, /^\{\w+:-[^}]+\}/, path);
    }
  });

  test('an image that another service builds is not looked for in a registry', () => {
    for (const [name, { image, build, pull_policy }] of whole) {
      if (build === undefined && !String(image).includes(':')) assert.equal(pull_policy, 'never', name);
    }
  });

  test('every service is confined: no root, no capability, a file system to read, bounded memory', () => {
    for (const [name, service] of whole) {
      const { read_only, cap_drop, security_opt, user } = service;
      assert.deepEqual(
        { read_only, cap_drop, security_opt },
        { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
        name,
      );
      assert.match(String(at(service, 'deploy', 'resources', 'limits', 'memory')), /^\d+[MG]$/, name);
      // An image that is built here has its user in its Dockerfile.
      if (user === undefined) assert.equal(service.image, 'workflow-service', name);
      else assert.match(String(user), /^[1-9]\d*:\d+$/, name);
    }
    assert.match(dockerfile, /^USER [1-9]\d*:[1-9]\d*$/m);
  });

  test('only ports of this machine are published', () => {
    for (const [name, { ports }] of services) {
      for (const port of list(ports)) assert.match(String(port), /^127\.0\.0\.1:(\d+):\1$/, name);
    }
  });

  test('every service that has a program to ask with has a health check, and others wait for it', () => {
    for (const [name, { healthcheck, build }] of services) {
      if (name === 'otel-collector') assert.equal(healthcheck, undefined);
      else if (build === undefined) assert.notDeepEqual(list(at(healthcheck, 'test')), [], name);
    }
    assert.match(dockerfile, /^HEALTHCHECK /m);
    for (const [name, service] of whole) {
      for (const [other, how] of Object.entries(fields(service.depends_on))) {
        assert.ok(services.has(other), `${name} waits for ${other}`);
        if (at(how, 'condition') === 'service_healthy') assert.notEqual(other, 'otel-collector');
      }
    }
  });

  test('every file and folder that is mounted exists, and can only be read', () => {
    for (const [name, { volumes }] of [...services, ...added]) {
      for (const volume of list(volumes)) {
        const [source = '', , mode] = String(volume).split(':');
        if (!source.startsWith('.')) {
          assert.ok(source in fields(compose.volumes), `${name}: ${source}`);
          continue;
        }
        assert.ok(existsSync(join(REPOSITORY, 'deploy', source)), `${name}: ${source}`);
        assert.equal(mode, 'ro', `${name}: ${source}`);
      }
    }
  });

  test('Grafana is given what its provisioning asks for', () => {
    const grafana = services.get('grafana') ?? {};
    const environment = fields(grafana.environment);
    for (const [, name = ''] of read('grafana/provisioning/datasources/pitot.yaml').matchAll(
      /: \$(\w+)$/gm,
    )) {
      assert.match(String(environment[name]), /^http:\/\/(prometheus:9090|alertmanager:9093)$/, name);
    }
    const [{ providers } = {}] = readYaml('grafana/provisioning/dashboards/pitot.yaml');
    const path = String(at(list(providers)[0], 'options', 'path'));
    assert.ok(list(grafana.volumes).includes(`../grafana/dashboards:${path}:ro`));
    const home = String(environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH);
    assert.equal(dirname(home), path);
    assert.ok(existsSync(join(REPOSITORY, 'grafana/dashboards', home.slice(path.length + 1))), home);
  });

  test('Grafana has the dashboards of the examples beside those of pitot', () => {
    const mounts = new Map(
      list(added.get('grafana')?.volumes).map((volume) => {
        const [source = '', target = ''] = String(volume).split(':');
        return [target, source];
      }),
    );
    // A mount within a read-only one needs a file that is there.
    const replaced = '/etc/grafana/provisioning/dashboards/pitot.yaml';
    assert.ok(existsSync(join(REPOSITORY, 'grafana/provisioning/dashboards/pitot.yaml')));
    const source = mounts.get(replaced) ?? '';
    const [{ providers: examplesToo } = {}] = readYaml(join('deploy', source));
    const [{ providers } = {}] = readYaml('grafana/provisioning/dashboards/pitot.yaml');
    const [own, others] = list(examplesToo);
    assert.deepEqual(own, list(providers)[0]);
    mounts.delete(replaced);
    const path = String(at(others, 'options', 'path'));
    assert.deepEqual(
      [...mounts],
      ['workflow-service', 'llm-gateway'].map((example) => [
        `${path}/${example}.json`,
        `../examples/${example}/dashboard.json`,
      ]),
    );
  });

  test('the Collector listens where others reach it, at the ports of its configuration', () => {
    const environment = fields(services.get('otel-collector')?.environment);
    for (const [name, otherwise] of collectorSettings()) {
      const expected = name.endsWith('_ENDPOINT')
        ? otherwise.replace('localhost', '0.0.0.0')
        : name.endsWith('_HOST')
          ? '0.0.0.0'
          : otherwise;
      assert.equal(environment[name], expected, name);
    }
    const { environment: gateway } = added.get('llm-gateway') ?? {};
    const port = collectorSettings().get('OTLP_HTTP_ENDPOINT')?.split(':')[1];
    assert.equal(at(gateway, 'OTEL_EXPORTER_OTLP_ENDPOINT'), `http://otel-collector:${port}`);
  });
});

describe('deploy/prometheus.yml', () => {
  const jobs = (file: Fields) => list(file.scrape_configs).map((job) => String(at(job, 'job_name')));

  test('has the jobs, intervals and rules of prometheus/prometheus.yml', () => {
    const [theirs = {}] = readYaml('prometheus/prometheus.yml');
    assert.deepEqual(jobs(prometheus), jobs(theirs));
    assert.deepEqual(prometheus.global, theirs.global);
    assert.deepEqual(prometheus.rule_files, theirs.rule_files);
    assert.equal(at(prometheus.global, 'scrape_interval'), timeInterval());
  });

  test('scrapes what there is, where it listens', () => {
    const settings = collectorSettings();
    const portOf = (name: string) => settings.get(name)?.split(':').at(-1);
    const targets = list(prometheus.scrape_configs).flatMap((job) =>
      list(at(job, 'static_configs')).flatMap((each) => list(at(each, 'targets'))),
    );
    assert.deepEqual(targets, [
      `workflow-service:${/OTEL_EXPORTER_PROMETHEUS_PORT=(\d+)/.exec(dockerfile)?.[1]}`,
      `otel-collector:${portOf('PROMETHEUS_EXPORTER_ENDPOINT')}`,
      `otel-collector:${portOf('TELEMETRY_PORT')}`,
      'localhost:9090',
      'alertmanager:9093',
    ]);
  });

  test('the token that it shows is the one that the service asks for', () => {
    const file = at(list(prometheus.scrape_configs)[0], 'authorization', 'credentials_file');
    assert.equal(file, '/run/secrets/metrics-token');
    assert.ok(dockerfile.includes(`PITOT_BEARER_TOKEN_FILE=${file} `));
    for (const name of ['workflow-service', 'prometheus']) {
      assert.deepEqual(services.get(name)?.secrets, ['metrics-token'], name);
    }
    assert.deepEqual(Object.keys(fields(compose.secrets)), ['metrics-token']);
  });

  function timeInterval(): unknown {
    const [{ datasources } = {}] = readYaml('grafana/provisioning/datasources/pitot.yaml');
    return at(list(datasources)[0], 'jsonData', 'timeInterval');
  }
});

describe('the Dockerfile', () => {
  test('has the Node.js that pitot is developed with', () => {
    const { devDependencies } = JSON.parse(read('package.json'));
    assert.match(dockerfile, new RegExp(`^ARG NODE=node:${devDependencies.node}-`, 'm'));
  });

  test('opens the endpoint to others only with a token, and asks for health where there is health', () => {
    assert.match(dockerfile, /OTEL_EXPORTER_PROMETHEUS_HOST=0\.0\.0\.0/);
    assert.match(dockerfile, /PITOT_BEARER_TOKEN_FILE=\S/);
    assert.match(dockerfile, /PITOT_OPEN_HEALTH=true/);
    assert.match(dockerfile, /OTEL_EXPORTER_PROMETHEUS_PORT\}\/readyz`/);
  });
});
