using Xunit.Sdk;
using Xunit.v3;

// Each test has a server with a model of its own; two cores are busy enough with one.
[assembly: Parallelization(Mode = ParallelMode.None)]
