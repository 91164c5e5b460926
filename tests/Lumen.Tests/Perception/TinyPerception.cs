using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Training;
using Lumen.Training.Data;
using Lumen.Training.Perception;

namespace Lumen.Tests.Perception;

/// <summary>Small perception networks and pictures of 32 pixels.</summary>
internal static class TinyPerception
{
    public const int Size = 32;

    /// <summary>All heads over the street's classes.</summary>
    public static PerceptionConfig Config { get; } =
        new()
        {
            Widths = [8, 16, 16],
            ContextBlocks = 1,
            NormNumGroups = 2,
            Classes = PerceptionClasses.Street,
            Depth = true,
            Normals = true,
            Instances = true,
            Orientation = true,
        };

    public static PerceptionNetwork Network(PerceptionConfig? config = null, ulong seed = 1)
    {
        var network = new PerceptionNetwork(config ?? Config, Placement.Reference);
        WeightInitialisation.Apply(network, new RandomStream(seed));
        return network;
    }

    /// <summary>A street with all its labels.</summary>
    public static LabelledPicture Scene(int index, int size = Size)
    {
        var seeds = SceneSeeds.For(SceneSplit.Train, index, 1);
        return SceneLabels.Of(
            StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), size, size)
        );
    }

    /// <summary>The first street in which two cars can be seen well.</summary>
    public static int WithCars(int size) =>
        Enumerable
            .Range(0, 200)
            .First(index =>
            {
                var scene = Scene(index, size);
                return scene
                        .Instances!.Where((_, i) => PerceptionClasses.Street.Oriented.Contains(scene.Labels![i]))
                        .GroupBy(id => id)
                        .Count(car => car.Count() >= 24) >= 2;
            });

    public static PerceptionData Scenes(int count, int size = Size) =>
        PerceptionData.FromPictures(Enumerable.Range(0, count).Select(index => Scene(index, size)), PerceptionClasses.Street);

    /// <summary>The mirror image of a picture with its labels, made pixel by pixel.</summary>
    public static LabelledPicture Mirror(LabelledPicture source)
    {
        var (width, height) = (source.Picture.Width, source.Picture.Height);
        int[] from = [.. Enumerable.Range(0, width * height).Select(i => i / width * width + width - 1 - i % width)];
        return new LabelledPicture(new Picture(width, height, [.. from.SelectMany(i => source.Picture.Rgb[(3 * i)..(3 * i + 3)])]))
        {
            Labels = [.. from.Select(i => source.Labels![i])],
            Depth = [.. from.Select(i => source.Depth![i])],
            Normals = [.. from.SelectMany(i => new[] { -source.Normals![3 * i], source.Normals[3 * i + 1], source.Normals[3 * i + 2] })],
            Instances = [.. from.Select(i => source.Instances![i])],
            Yaw = [.. from.Select(i => -source.Yaw![i])],
        };
    }
}
