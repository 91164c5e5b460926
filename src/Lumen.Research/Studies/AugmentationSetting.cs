using Lumen.Augmentation;
using Lumen.Conditions;
using Lumen.Scenes;
using Lumen.Training.Data;

namespace Lumen.Research.Studies;

/// <summary>A question of the study of augmentation: which pictures are labelled, what is asked for, what is tested.</summary>
internal sealed record AugmentationSetting
{
    private static readonly (TimeOfDay Time, Weather Weather)[] Shifted =
    [
        (TimeOfDay.Night, Weather.Clear),
        (TimeOfDay.Day, Weather.Fog),
        (TimeOfDay.Day, Weather.Snow),
        (TimeOfDay.Day, Weather.Rain),
    ];

    /// <summary>Labels of streets in every look, tested on such streets.</summary>
    public static AugmentationSetting Same { get; } =
        new()
        {
            Name = "same",
            Title = "Same domain",
            Labelled = Streets(SceneSplit.Train, look => look),
            Prompts = _ =>
                Matrix([.. from time in Enum.GetValues<TimeOfDay>() from weather in Enum.GetValues<Weather>() select (time, weather)]),
            Tests = [("any", Streets(SceneSplit.Test, look => look))],
        };

    /// <summary>Labels by day in clear weather only, tested at night, in fog, snow and rain, with prompts that ask for those.</summary>
    public static AugmentationSetting Shift { get; } =
        new()
        {
            Name = "shift",
            Title = "Domain shift",
            Labelled = Streets(SceneSplit.Train, look => look with { Time = TimeOfDay.Day, Weather = Weather.Clear }),
            Prompts = _ => Matrix(Shifted),
            Tests =
            [
                .. Shifted.Select(one =>
                    (NameOf(one), Streets(SceneSplit.Test, look => look with { Time = one.Time, Weather = one.Weather }))
                ),
            ],
        };

    /// <summary>The training part of a data set, tested on what is held out of it; the prompt is the caption of the recipe.</summary>
    public static AugmentationSetting Photos { get; } =
        new()
        {
            Name = "photos",
            Title = "Photos",
            Labelled = (bench, index) => bench.Photos!.Labelled(index) is var photo ? (photo.Labelled, photo.Annotated) : default,
            Prompts = bench => new PromptMatrix([new PromptEntry("caption", bench.Recipe.Data!.Caption)]) { Template = "{domain}" },
            Tests =
            [
                ("held-out", (bench, index) => bench.Photos!.Reference(index) is var photo ? (photo.Labelled, photo.Annotated) : default),
            ],
        };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AugmentationSetting> All { get; } = [Same, Shift, Photos];

    /// <summary>Name in files.</summary>
    public required string Name { get; init; }

    /// <summary>Name in reports.</summary>
    public required string Title { get; init; }

    /// <summary>A labelled picture by its number, and with what conditions are made of.</summary>
    public required Func<StudyBench, int, (LabelledPicture Picture, AnnotatedPicture Annotated)> Labelled { get; init; }

    /// <summary>What new pictures look like.</summary>
    public required Func<StudyBench, PromptMatrix> Prompts { get; init; }

    /// <summary>Test pictures by the name of their domain.</summary>
    public required IReadOnlyList<(
        string Name,
        Func<StudyBench, int, (LabelledPicture Picture, AnnotatedPicture Annotated)> Picture
    )> Tests { get; init; }

    /// <summary>The questions that can be asked: photos of a recipe's data set, or streets.</summary>
    /// <param name="recipe">The recipe.</param>
    public static IReadOnlyList<AugmentationSetting> Of(StudyRecipe recipe) => recipe.Data is null ? [Same, Shift] : [Photos];

    private static string NameOf((TimeOfDay Time, Weather Weather) look) =>
        look.Time == TimeOfDay.Night ? "night" : look.Weather.ToString().ToLowerInvariant();

    // Labels are the renderer's own. Instances and headings take memory and are not trained.
    private static Func<StudyBench, int, (LabelledPicture, AnnotatedPicture)> Streets(
        SceneSplit split,
        Func<SceneAppearance, SceneAppearance> look
    ) =>
        (bench, index) =>
        {
            var seeds = SceneSeeds.For(split, index, bench.Recipe.SceneSeed);
            var size = bench.Model.NativeSize;
            var street = SceneLabels.Of(
                StreetRenderer.Render(
                    SceneLayout.FromSeed(seeds.Layout),
                    look(SceneAppearance.FromSeed(seeds.Appearance, bench.Recipe.SceneDetail)),
                    size,
                    size
                )
            ) with
            {
                Instances = null,
                Yaw = null,
            };
            return (
                street,
                new AnnotatedPicture(street.Picture)
                {
                    Labels = street.Labels,
                    Depth = street.Depth,
                    Normals = street.Normals,
                }
            );
        };

    private static PromptMatrix Matrix(IReadOnlyList<(TimeOfDay Time, Weather Weather)> looks)
    {
        var plain = SceneAppearance.FromSeed(1);
        var domains = looks
            .Select(look => new PromptEntry(
                $"{look.Time}-{look.Weather}".ToLowerInvariant(),
                CaptionWriter.Plain(plain with { Time = look.Time, Weather = look.Weather })
            ))
            .ToArray();
        var styles = Enum.GetValues<BuildingPalette>()
            .Select(palette => new PromptEntry(palette.ToString().ToLowerInvariant(), StreetReference.BuildingsOf(palette)))
            .ToArray();
        return new PromptMatrix(domains, styles) { Template = "{domain} {style}" };
    }
}

/// <summary>What a question of the study of augmentation is asked of.</summary>
public sealed record AugmentationSettingChoice
{
    /// <summary><c>same</c> or <c>shift</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Numbers of labelled pictures, ascending; null for those of the study.</summary>
    public IReadOnlyList<int>? Budgets { get; init; }

    /// <summary>Mixtures, of <see cref="AugmentationArm.Keys"/>; null for all.</summary>
    public IReadOnlyList<string>? Mixtures { get; init; }
}

/// <summary>Whether generated pictures are trusted as they are.</summary>
internal enum TrustFilter
{
    /// <summary>All of them.</summary>
    Off,

    /// <summary>Where their layouts agree with their sources'.</summary>
    On,
}
