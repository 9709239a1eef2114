const { work } = require('./work.cjs');

work({
  grpc: [require('@grpc/grpc-js')],
  aws: [
    require('@aws-sdk/client-dynamodb'),
    require('@aws-sdk/lib-dynamodb'),
    require('@aws-sdk/client-s3'),
    require('@aws-sdk/s3-request-presigner'),
  ],
  graphql: [require('graphql')],
  apollo: [require('@apollo/server')],
  yoga: [require('graphql-yoga'), require('graphql')],
});
