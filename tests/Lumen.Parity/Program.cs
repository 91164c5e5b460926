using Lumen;
using Lumen.Core.Tensors;
using Lumen.Testing.Parity;
using TorchSharp;

const string Usage = "Usage: Lumen.Parity DIR [--dtype float32|bfloat16]";

try
{
    return Run(args);
}
catch (LumenException fault)
{
    Console.Error.WriteLine(fault.Message);
    return 2;
}

static int Run(string[] args)
{
    var (folder, placement) = Parse(args);
    if (!Directory.Exists(folder))
        throw new LumenException($"There is no folder {folder}. {Usage}");
    var cases = ReferenceCase.Find(folder);
    if (cases.Count == 0)
        throw new LumenException($"{folder} holds no case.json, in no folder below it either. {Usage}");
    var (passed, failed) = (0, 0);
    foreach (var reference in cases)
    {
        foreach (var comparison in CaseRunner.Run(reference, placement))
        {
            Console.WriteLine(comparison);
            if (comparison.Verdict == Verdict.Ok)
                passed++;
            else
                failed++;
        }
    }
    Console.WriteLine($"{passed} passed, {failed} failed");
    return failed == 0 ? 0 : 1;
}

static (string Folder, Placement Placement) Parse(string[] args) =>
    args switch
    {
        [var folder] => (folder, Placement.Reference),
        [var folder, "--dtype", var type] => (folder, Place(type)),
        ["--dtype", var type, var folder] => (folder, Place(type)),
        _ => throw new LumenException(Usage),
    };

static Placement Place(string type) =>
    type switch
    {
        "float32" => Placement.Reference,
        "bfloat16" => new Placement(torch.CPU, torch.ScalarType.BFloat16),
        _ => throw new LumenException($"--dtype must be float32 or bfloat16 but is {type}. {Usage}"),
    };
