// Walks a feed with OpenActive's validator; exits with 1 on any failure.
// Argument: the feed's first page.

const { RpdeValidator } = require('@openactive/rpde-validator');

async function main(url) {
  // The validator calls a feed that it cannot load faultless, so watch it reach the end.
  let ended = false;
  const logCallback = ({ message }) => {
    ended ||= message.endsWith(' is the last page');
  };
  const log = await RpdeValidator(url, { pageLimit: 1000, logCallback });
  const errors = log.pages.flatMap((page) => page.errors.map((error) => ({ ...error.data, url: page.url })));
  for (const error of errors) {
    console.log(`${error.severity}: ${error.type}: ${error.message} (${error.url})`);
  }
  const failures = errors.filter((error) => error.severity === 'failure');
  console.log(`${log.pages.length} pages, ${failures.length} failures`);
  if (!ended) {
    console.log('the last page was not reached');
  }
  process.exitCode = ended && failures.length === 0 ? 0 : 1;
}

main(process.argv[2]);
