using Lumen.Captioning;
using Lumen.Core.Checkpoints;
using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Models.Text;
using Lumen.Models.Vision;
using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Captioning;

public sealed class ClipModelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Embeddings_are_the_towers_pooled_outputs_through_the_projections_at_unit_length()
    {
        using var clip = ClipModel.Open(TinyModels.WriteClip(_folder.Path));
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(_folder.Path);
        var config = ClipTextConfig.Parse(File.ReadAllText(_folder.File("config.json")));
        using var text = new ClipTextModel(config, Placement.Reference);
        StateLoader.Load(text, checkpoint, "text", ignore: name => !name.StartsWith("text_model.", StringComparison.Ordinal));
        using var output = text.Encode(clip.Tokenizer.EncodeBatch(["a street at night"]));
        var expected = Projected(output.Pooled[0], checkpoint.Read("text_projection.weight"));
        Close(expected, clip.EmbedTexts(["a street at night"])[0]);

        var picture = TinyModels.Scene(1); // of the network's own size, so that nothing is resized
        using var vision = (VisionBackbone)VisionBackboneFile.Open(_folder.Path, Placement.Reference);
        var tokens = vision.Network.HiddenStates(
            vision.Weights.Family.Normalise(PictureTensor.ToTensor(picture)),
            vision.Network.Config.Depth
        );
        Close(Projected(vision.Network.Norm(tokens)[0, 0], checkpoint.Read("visual_projection.weight")), clip.EmbedPictures([picture])[0]);
        Assert.Equal(Math.Exp(3), clip.LogitScale, 1e-4);
    }

    [Fact]
    public void Only_the_middle_square_of_a_picture_counts()
    {
        using var clip = ClipModel.Open(TinyModels.WriteClip(_folder.Path));
        var square = TinyModels.Scene(1);
        var wide = Picture.Filled(64, 32, 200, 10, 90);
        for (var y = 0; y < 32; y++)
            square.Rgb.AsSpan(y * 96, 96).CopyTo(wide.Rgb.AsSpan(y * 192 + 48, 96));
        using var scope = NewDisposeScope();
        var both = clip.EmbedPictures([square, wide]);
        Close(both[0].data<float>().ToArray().Select(value => (double)value).ToArray(), both[1]);
    }

    [Fact]
    public void Half_a_clip_is_refused_with_what_is_missing()
    {
        var golden = BackboneFile.Write(_folder.File("vision"), "clip_vision/p16/hf", tensors => tensors.Remove("text_projection.weight"));
        var refused = Assert.Throws<LumenException>(() => ClipModel.Open(golden));
        Assert.Equal(LumenErrorKind.Model, refused.Kind);
        Assert.Contains("is not a whole CLIP: its weights have no text_projection.weight", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var clip = ClipModel.Open(TinyModels.WriteClip(_folder.Path));
        TensorLeak.Check(() =>
        {
            using var texts = clip.EmbedTexts(["a street", "fog"]);
            using var pictures = clip.EmbedPictures([TinyModels.Scene(0)]);
        });
    }

    // In double, element by element.
    private static double[] Projected(Tensor pooled, Tensor projection)
    {
        var (row, matrix) = (pooled.data<float>().ToArray(), projection.data<float>().ToArray());
        var sums = new double[matrix.Length / row.Length];
        for (var i = 0; i < matrix.Length; i++)
            sums[i / row.Length] += (double)matrix[i] * row[i % row.Length];
        var length = Math.Sqrt(sums.Sum(value => value * value));
        return [.. sums.Select(value => value / length)];
    }

    private static void Close(double[] expected, Tensor actual)
    {
        var values = actual.data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(expected[i], values[i], 1e-5);
    }
}
