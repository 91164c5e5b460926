using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using Lumen.Research.Evaluation;
using Lumen.Scenes;
using Lumen.Training.Data;

namespace Lumen.Research.Studies;

/// <summary>
/// A held-out street that pictures are made from, and the appearance that is asked for: another time, another weather and another colour
/// of the houses than its own.
/// </summary>
/// <param name="Index">Number of the reference.</param>
/// <param name="Scene">The street with its exact annotations.</param>
/// <param name="Wanted">The appearance that the prompt asks for.</param>
public sealed record StreetReference(int Index, StreetScene Scene, SceneAppearance Wanted)
    : StudyReference(Index, SceneLabels.Of(Scene), PromptOf(Wanted))
{
    /// <inheritdoc/>
    public override AnnotatedPicture Annotated =>
        new(Picture)
        {
            Labels = Scene.Labels,
            Depth = Scene.Depth,
            Normals = Scene.Normals,
        };

    /// <summary>A reference of the test split: its layout is in no training set, whatever the seed.</summary>
    /// <param name="index">Number of the scene.</param>
    /// <param name="seed">Seed of the scenes.</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="detail">How much it shows.</param>
    public static StreetReference Render(int index, ulong seed, int size, SceneDetail detail = default)
    {
        var seeds = SceneSeeds.For(SceneSplit.Test, index, seed);
        var own = SceneAppearance.FromSeed(seeds.Appearance, detail);
        var wanted = QuickPrompts.Wanted(own, index, new RandomStream(seed));
        return new StreetReference(index, StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), own, size, size), wanted);
    }

    /// <summary>A real render of the same layout in another appearance.</summary>
    public Picture In(SceneAppearance appearance)
    {
        var scene = StreetRenderer.Render(Scene.Layout, appearance, Scene.Width, Scene.Height);
        return new Picture(scene.Width, scene.Height, scene.Rgb);
    }

    /// <summary>
    /// A real render as the prompt asks, what it does not say (light, paints, texture) drawn by a seed: what a perfect generator could
    /// give.
    /// </summary>
    public override Picture RealVariant(int seed)
    {
        var drawn = SceneAppearance.FromSeed(new RandomStream((ulong)seed).For(Index).Seed, Wanted.Detail);
        return In(drawn with { Time = Wanted.Time, Weather = Wanted.Weather, Palette = Wanted.Palette });
    }

    /// <summary>An appearance in words: <c>a street at night in fog with blue buildings</c>.</summary>
    public static string PromptOf(SceneAppearance appearance) => QuickPrompts.Described(appearance);

    /// <summary>The colour of the houses in words: <c>with red brick buildings</c>.</summary>
    public static string BuildingsOf(BuildingPalette palette) => QuickPrompts.BuildingsOf(palette);
}
