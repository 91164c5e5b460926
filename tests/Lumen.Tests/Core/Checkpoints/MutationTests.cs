using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Lumen.Core;
using Lumen.Core.Checkpoints;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Checkpoints;

/// <summary>Whatever is done to a file, reading it gives the tensors or a sentence: no crash, no other exception, no allocation of a claimed size.</summary>
public sealed class MutationTests : IDisposable
{
    private const int Mutations = 4_000;
    private const long MaxAllocation = 8 << 20;   // bytes; the files have about a thousand
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "0", "1e99", "4294967296", "9223372036854775807", "18446744073709551615", "F64", "BOOL", "data_offsets", "shape", "dtype", "__metadata__", "\\ud800", "\u0000",
    ];

    // Where, what, how much: (kind, position, value, length).
    private static readonly Gen<(int Kind, int Position, int Value, int Length)> Change = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 1 << 20], Gen.Int[0, 1 << 20], Gen.Int[1, 64]);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_mutation_of_a_valid_file_is_read_or_refused_with_a_sentence()
    {
        var seed = Valid();
        var place = _folder.File("mutated.safetensors");
        Assert.Null(HostileFile.Refusal(place));
        Change.Array[1, 3].Sample(
            changes =>
            {
                File.WriteAllBytes(place, changes.Aggregate(seed, Apply));
                var before = GC.GetAllocatedBytesForCurrentThread();
                var message = HostileFile.Refusal(place);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated < MaxAllocation, $"{allocated} bytes were allocated for {message ?? "a sound file"}");
                Assert.True(message is null || (message.StartsWith(Checkpoint.Describe(place), StringComparison.Ordinal) && message.EndsWith('.')), message);
            },
            iter: Mutations,
            threads: 1);
    }

    [Fact]
    public void Any_mutation_of_an_index_is_read_or_refused_with_a_sentence()
    {
        var shard = Valid();
        File.WriteAllBytes(_folder.File("model-1.safetensors"), shard);
        var names = string.Join(",", new[] { "a.weight", "a.bias", "flags", "ids", "scalar", "nothing" }.Select(name => $"\"{name}\":\"model-1.safetensors\""));
        var seed = Encoding.UTF8.GetBytes($"{{\"metadata\":{{\"total_size\":100}},\"weight_map\":{{{names}}}}}");
        var place = _folder.File("model.safetensors.index.json");
        File.WriteAllBytes(place, seed);
        Checkpoint.Open(place).Dispose();
        Change.Array[1, 3].Sample(
            changes =>
            {
                File.WriteAllBytes(place, changes.Aggregate(seed, Apply));
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
            threads: 1);
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
            new Dictionary<string, string> { ["modelspec.title"] = "mutated" });
        return File.ReadAllBytes(_folder.File("mutated.safetensors"));
    }

    private static byte[] Apply(byte[] file, (int Kind, int Position, int Value, int Length) change)
    {
        if (file.Length == 0) return file;
        var at = change.Position % file.Length;
        var length = Math.Min(change.Length, file.Length - at);
        var copy = file.ToArray();
        switch (change.Kind)
        {
            case 0:   // one bit
                copy[at] ^= (byte)(1 << (change.Value & 7));
                return copy;
            case 1:   // one byte
                copy[at] = (byte)change.Value;
                return copy;
            case 2:   // cut the end
                return copy[..at];
            case 3:   // cut out
                return Repair([.. copy[..at], .. copy[(at + length)..]], change.Value);
            case 4:   // repeat a piece
                return Repair([.. copy[..(at + length)], .. copy[at..]], change.Value);
            case 5:   // put a telling piece of JSON in
                return Repair([.. copy[..at], .. Encoding.UTF8.GetBytes(Tokens[change.Value % Tokens.Length]), .. copy[at..]], change.Value);
            default:   // another digit, which makes other sizes and offsets
                var digits = Enumerable.Range(0, copy.Length).Where(index => char.IsAsciiDigit((char)copy[index])).ToArray();
                if (digits.Length > 0) copy[digits[change.Position % digits.Length]] = (byte)('0' + change.Value % 10);
                return copy;
        }
    }

    // Half of the time the length is made to fit the changed header again, so that the mutation reaches the JSON.
    private static byte[] Repair(byte[] file, int value)
    {
        var end = Array.LastIndexOf(file, (byte)'}') + 1;
        if ((value & 1) == 0 && file.Length >= sizeof(ulong) && end > sizeof(ulong)) BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)(end - sizeof(ulong)));
        return file;
    }
}
