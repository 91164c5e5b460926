using System.Text;
using CsCheck;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

/// <summary>
/// Whatever is done to a file, reading it gives the tensors or a sentence: no crash, no other exception, no allocation of a claimed size.
/// </summary>
public sealed class MutationTests : IDisposable
{
    private const int Mutations = 4_000;
    private const long MaxAllocation = 8 << 20; // bytes; the files have about a thousand
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_mutation_of_a_valid_file_is_read_or_refused_with_a_sentence()
    {
        var seed = Valid();
        var place = _folder.File("mutated.safetensors");
        Assert.Null(HostileFile.Refusal(place));
        Mutation
            .Change.Array[1, 3]
            .Sample(
                changes =>
                {
                    File.WriteAllBytes(place, changes.Aggregate(seed, Mutation.Apply));
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    var message = HostileFile.Refusal(place);
                    var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    Assert.True(allocated < MaxAllocation, $"{allocated} bytes were allocated for {message ?? "a sound file"}");
                    Assert.True(
                        message is null
                            || (message.StartsWith(Checkpoint.Describe(place), StringComparison.Ordinal) && message.EndsWith('.')),
                        message
                    );
                },
                iter: Mutations,
                threads: 1
            );
    }

    [Fact]
    public void Any_mutation_of_an_index_is_read_or_refused_with_a_sentence()
    {
        var shard = Valid();
        File.WriteAllBytes(_folder.File("model-1.safetensors"), shard);
        var names = string.Join(
            ",",
            new[] { "a.weight", "a.bias", "flags", "ids", "scalar", "nothing" }.Select(name => $"\"{name}\":\"model-1.safetensors\"")
        );
        var seed = Encoding.UTF8.GetBytes($"{{\"metadata\":{{\"total_size\":100}},\"weight_map\":{{{names}}}}}");
        var place = _folder.File("model.safetensors.index.json");
        File.WriteAllBytes(place, seed);
        Checkpoint.Open(place).Dispose();
        Mutation
            .Change.Array[1, 3]
            .Sample(
                changes =>
                {
                    File.WriteAllBytes(place, changes.Aggregate(seed, Mutation.Apply));
                    try
                    {
                        Checkpoint.Open(place).Dispose();
                    }
                    catch (LumenException error)
                    {
                        Assert.Contains("model.safetensors.index.json", error.Message, StringComparison.Ordinal);
                    }
                },
                iter: 1_000,
                threads: 1
            );
    }

    private byte[] Valid()
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            _folder.File("mutated.safetensors"),
            new Dictionary<string, Tensor>
            {
                ["a.weight"] = zeros(3, 5, dtype: ScalarType.Float32),
                ["a.bias"] = zeros(5, dtype: ScalarType.BFloat16),
                ["flags"] = zeros(7, dtype: ScalarType.Bool),
                ["ids"] = zeros(2, 2, dtype: ScalarType.Int64),
                ["scalar"] = zeros([], dtype: ScalarType.Float64),
                ["nothing"] = zeros(0, 3, dtype: ScalarType.Float16),
            },
            new Dictionary<string, string> { ["modelspec.title"] = "mutated" }
        );
        return File.ReadAllBytes(_folder.File("mutated.safetensors"));
    }
}
