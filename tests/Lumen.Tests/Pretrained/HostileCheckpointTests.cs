using Lumen.Core.Checkpoints;
using Lumen.Pretrained;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Pretrained;

/// <summary>Checkpoints with names and shapes that contradict each other: a report or a sentence, whatever they claim.</summary>
public class HostileCheckpointTests
{
    private const int Mutations = 60;

    [Fact]
    public void Any_mutation_of_names_and_shapes_is_reported_or_refused_with_a_sentence()
    {
        using var folder = new TempFolder();
        var sound = Tensors(folder);
        Assert.StartsWith(
            "tokenizer: ",
            Assert.Single(ModelInspector.Inspect(EmptyWeights.Write(folder.File("sound.safetensors"), sound)).Missing),
            StringComparison.Ordinal
        );
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < Mutations; round++)
        {
            var mutated = sound.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
            for (var count = random.Next(1, 4); count > 0; count--)
                Mutate(mutated, random);
            var path = EmptyWeights.Write(folder.File("mutated.safetensors"), mutated.Select(pair => (pair.Key, pair.Value)));
            try
            {
                var report = ModelInspector.Inspect(path);
                Assert.NotEmpty(report.Parts);
            }
            catch (LumenException error)
            {
                Assert.NotEmpty(error.Message);
                refused++;
            }
        }
        Assert.InRange(refused, 1, Mutations - 1); // some mutations are refused, most are reported
    }

    private static void Mutate(Dictionary<string, long[]> tensors, Random random)
    {
        var name = tensors.Keys.ElementAt(random.Next(tensors.Count));
        var shape = tensors[name];
        switch (random.Next(6))
        {
            case 0:
                tensors.Remove(name);
                break;
            case 1:
                tensors.Remove(name);
                tensors[new string([.. name.Select(letter => char.IsAsciiDigit(letter) ? (char)('0' + random.Next(10)) : letter)])] = shape;
                break;
            case 2:
                tensors[name] = [.. shape.Select(size => random.Next(3) == 0 ? random.Next(0, 200) : size)];
                break;
            case 3:
                tensors[name] = [1_000_000, .. shape.Skip(1).Select(_ => 1L)];
                break;
            case 4:
                tensors[name] = [.. shape.Reverse(), 1];
                break;
            default:
                tensors[name] = [];
                break;
        }
    }

    // The small pipeline of the reference cases, four times as wide: sizes from which Stable Diffusion's heads and groups can be told.
    private static (string Name, long[] Shape)[] Tensors(TempFolder folder)
    {
        var path = folder.File("single.safetensors");
        OriginalFiles.WritePipeline(path, Golden.Folder("sd/pipeline"));
        using var file = Checkpoint.Open(path);
        return
        [
            .. file.Entries.Values.Select(entry =>
                (entry.Name, entry.Shape.Select(size => IsWidth(entry.Name, size) ? 4 * size : size).ToArray())
            ),
        ];
    }

    // Kernels, channels of pictures and latents, the longest prompt and the vocabulary stay; the encoder ends in twice the latents'
    // channels.
    private static bool IsWidth(string name, long size) =>
        size is > 4 and < 1000 and not 77
        && !name.Contains("quant_conv", StringComparison.Ordinal)
        && !(size == 8 && name.Contains(".encoder.conv_out.", StringComparison.Ordinal));
}
