using Lumen.Core.Tensors;
using Lumen.Generation;
using Lumen.Imaging;
using Lumen.Testing;
using Lumen.Tests.Augmentation;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Generation;

/// <summary>Pictures larger than the model, by overlapping tiles.</summary>
public sealed class TileTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Theory]
    [InlineData(8, 8, 8, 8, 2)]
    [InlineData(40, 24, 16, 16, 4)]
    [InlineData(64, 16, 16, 16, 8)]
    [InlineData(52, 100, 32, 24, 4)]
    [InlineData(16, 64, 32, 32, 8)]
    public void Tiles_cover_the_picture_with_the_overlap_and_blend_back_into_it(
        int width,
        int height,
        int tileWidth,
        int tileHeight,
        int overlap
    )
    {
        var grid = new TileGrid((width, height), (tileWidth, tileHeight), overlap, 4);
        using var map = arange(2 * width * height).to(ScalarType.Float32).view(2, height, width);
        using var blended = grid.Blend([.. Enumerable.Range(0, grid.Count).Select(index => grid.Crop(map, index))]);
        Assert.True(allclose(map, blended, 1e-5, 1e-3));
        Assert.All(Enumerable.Range(0, grid.Count), index => Assert.Equal((0, 0), (grid[index].Left % 4, grid[index].Top % 4)));
        var lefts = Enumerable.Range(0, grid.Count).Select(index => grid[index].Left).Distinct().Order().ToArray();
        Assert.Equal((0, width - grid.TileWidth), (lefts[0], lefts[^1]));
        Assert.All(lefts.Zip(lefts.Skip(1)), pair => Assert.True(pair.First + grid.TileWidth - pair.Second >= overlap));
        var half = grid.In(2);
        Assert.Equal(
            (width / 2, grid.TileHeight / 2, grid[grid.Count - 1].Top / 2),
            (half.Width, half.TileHeight, half[grid.Count - 1].Top)
        );
    }

    [Fact]
    public void Where_tiles_disagree_the_blend_passes_from_one_to_the_other_without_a_step()
    {
        var grid = new TileGrid((24, 8), (16, 8), 8, 8);
        using var blended = grid.Blend([zeros(1, 8, 16), ones(1, 8, 16)]);
        var row = blended[0, 3].data<float>().ToArray();
        Assert.Equal((0, 1), (row[0], row[23]));
        Assert.All(row.Zip(row.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, -1e-6, 0.15));
    }

    [Fact]
    public void Decoding_in_tiles_is_near_the_whole_and_equal_to_it_where_one_tile_holds_it()
    {
        using var scope = NewDisposeScope();
        var (model, side) = (tiny.Generator.Model, 8); // the least tile, in latents
        var latents = new RandomStream(5).Normal(2, model.UNet.Config.InChannels, 3 * side, 2 * side);
        var (whole, tiled) = (model.Decode(latents), model.DecodeTiled(latents));
        Assert.Equal(whole.shape, tiled.shape);
        var spread = whole.std().item<float>();
        Assert.InRange((whole - tiled).square().mean().sqrt().item<float>(), 1e-4f * spread, 0.75f * spread); // 1.4 were they unrelated
        using var one = latents.narrow(2, 0, side).narrow(3, 0, side);
        TensorAssert.Close(model.Decode(one), model.DecodeTiled(one), 1e-6, 0);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => model.DecodeTiled(latents, stop.Token));
        TensorLeak.Check(() => model.DecodeTiled(latents).Dispose(), 2);
    }

    [Fact]
    public void Tiled_decoding_is_an_option_of_every_picture()
    {
        var request = new GenerationRequest("fog", null, TinyModels.Size * 3, TinyModels.Size * 3);
        var options = new GenerationOptions { NumInferenceSteps = 2 };
        var (whole, tiled) = (
            tiny.Generator.Generate(request, options)[0],
            tiny.Generator.Generate(request, options with { VaeTiling = true })[0]
        );
        Assert.Equal((whole.Width, whole.Height), (tiled.Width, tiled.Height));
        Assert.NotEqual(whole.Rgb, tiled.Rgb);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new TileGrid((30, 32), (16, 16), 4, 4));
        Assert.Throws<ArgumentException>(() => new TileGrid((32, 32), (16, 16), 14, 4));
        Assert.Throws<ArgumentException>(() => new TileGrid((32, 32), (16, 16), 4, 4).In(3));
    }

    [Fact]
    public void A_picture_of_one_tile_is_the_plain_generators_picture_bit_for_bit()
    {
        var (generator, options) = (tiny.Generator, new GenerationOptions { NumInferenceSteps = 2, Seed = 3 });
        var tiled = new TiledGenerator(generator, batch: 1);
        using var plain = generator.ExtractLayout(TinyModels.Scene(0), (TinyModels.Size, TinyModels.Size));
        using var layout = tiled.ExtractLayout(TinyModels.Scene(0));
        Assert.Equal(plain.Layout.Map.data<float>().ToArray(), layout.Layout.Map.data<float>().ToArray());
        Assert.Equal(
            generator.Generate(GenerationRequest.For(plain, "fog"), options)[0].Rgb,
            tiled.Generate(GenerationRequest.For(layout, "fog"), options).Rgb
        );
    }

    [Fact]
    public void A_large_picture_keeps_its_size_hangs_on_seed_and_prompt_and_on_the_tiles_at_once_by_rounding_only()
    {
        var (scene, options) = (TinyModels.Scene(0, 70, 45), new GenerationOptions { NumInferenceSteps = 2, GuidanceScale = 2 });
        var (one, three) = (new TiledGenerator(tiny.Generator, 1), new TiledGenerator(tiny.Generator, 3));
        using var layout = one.ExtractLayout(scene);
        Assert.Equal((72, 48), (layout.Layout.ImageWidth, layout.Layout.ImageHeight));
        Assert.True(one.GridFor(72, 48).Count > 3);
        var picture = one.Generate(GenerationRequest.For(layout, "fog"), options);
        Assert.Equal((70, 45), (picture.Width, picture.Height));
        Assert.Equal(picture.Rgb, one.Generate(GenerationRequest.For(layout, "fog"), options).Rgb);
        Assert.NotEqual(picture.Rgb, one.Generate(GenerationRequest.For(layout, "fog"), options with { Seed = 9 }).Rgb);
        var other = three.Generate(GenerationRequest.For(layout, "fog"), options);
        Assert.All(picture.Rgb.Zip(other.Rgb), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        using var same = three.ExtractLayout(scene);
        Assert.True(allclose(layout.Layout.Map, same.Layout.Map, 1e-4, 1e-4));
    }

    [Fact]
    public void Prompts_are_embedded_once_and_the_oldest_are_forgotten()
    {
        using var model = DiffusionModel.Load(tiny.Model, Lumen.Core.Tensors.Placement.Reference);
        using var embeddings = new PromptEmbeddings(model, capacity: 2);
        using var pair = embeddings.Of(["fog", "night", "fog"]);
        using var alone = model.Embed(["night"]);
        Assert.Equal(alone.data<float>().ToArray(), pair[1].data<float>().ToArray());
        using var many = embeddings.Of(["a", "b", "c", "night"]);
        Assert.Equal((2, 4), (embeddings.Count, (int)many.shape[0]));
        Assert.Equal(alone.data<float>().ToArray(), many[3].data<float>().ToArray());
    }
}
