using Lumen.Scenes;
using Lumen.Training.Data;

namespace Lumen.Training;

/// <summary>The pictures of a recipe: a folder's, or street scenes that are rendered when they are needed.</summary>
public sealed record RecipeData
{
    private static readonly FolderSelection Usual = new("");

    /// <summary>Number of training scenes, where there is no folder.</summary>
    public int Scenes { get; init; } = 1000;

    /// <summary>Seed of the scenes; with a folder, of crops and of what is held out.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How much of the weather the scenes show; plain where it is not said.</summary>
    public SceneDetail? SceneDetail { get; init; }

    /// <summary>Side in pixels.</summary>
    public int Resolution { get; init; } = 128;

    /// <summary>
    /// Shapes that the folder's pictures are brought to instead of squares, none with more pixels than the resolution's square (base,
    /// adapter); null for squares.
    /// </summary>
    public AspectBuckets? AspectBuckets { get; init; }

    /// <summary>Number of validation scenes, where there is no folder.</summary>
    public int ValidationScenes { get; init; } = 64;

    /// <summary>A data set, or any folder of pictures; null for scenes.</summary>
    public string? Folder { get; init; }

    /// <inheritdoc cref="FolderSelection.Format"/>
    public string? Format { get; init; }

    /// <inheritdoc cref="FolderSelection.Split"/>
    public string? Split { get; init; }

    /// <inheritdoc cref="FolderSelection.AllowHeldOut"/>
    public bool AllowHeldOut { get; init; }

    /// <inheritdoc cref="FolderSelection.FollowOutside"/>
    public bool FollowOutside { get; init; }

    /// <inheritdoc cref="FolderSelection.Labels"/>
    public string? Labels { get; init; }

    /// <inheritdoc cref="FolderSelection.CaptionColumn"/>
    public string? CaptionColumn { get; init; }

    /// <inheritdoc cref="FolderSelection.LabelSuffix"/>
    public string? LabelSuffix { get; init; }

    /// <inheritdoc cref="FolderSelection.Caption"/>
    public string Caption { get; init; } = Usual.Caption;

    /// <inheritdoc cref="FolderSelection.CropsPerPicture"/>
    public int CropsPerPicture { get; init; } = Usual.CropsPerPicture;

    /// <inheritdoc cref="FolderSelection.CropScale"/>
    public double CropScale { get; init; } = Usual.CropScale;

    /// <inheritdoc cref="FolderSelection.HorizontalFlips"/>
    public bool HorizontalFlips { get; init; } = Usual.HorizontalFlips;

    /// <inheritdoc cref="FolderSelection.ValidationFraction"/>
    public double ValidationFraction { get; init; } = Usual.ValidationFraction;

    /// <inheritdoc cref="FolderSelection.ValidationBlock"/>
    public int ValidationBlock { get; init; } = Usual.ValidationBlock;

    /// <inheritdoc cref="FolderSelection.ValidationGap"/>
    public int ValidationGap { get; init; } = Usual.ValidationGap;

    /// <inheritdoc cref="FolderSelection.ValidationPictures"/>
    public int ValidationPictures { get; init; } = Usual.ValidationPictures;

    /// <inheritdoc cref="FolderSelection.SkipUnreadable"/>
    public bool SkipUnreadable { get; init; } = Usual.SkipUnreadable;

    /// <summary>The training scenes.</summary>
    public SceneSelection Train => new(SceneSplit.Train, Scenes, Seed, Resolution) { Detail = SceneDetail ?? default };

    /// <summary>The validation scenes: other layouts than any training scene.</summary>
    public SceneSelection Validation => new(SceneSplit.Validation, ValidationScenes, Seed, Resolution) { Detail = SceneDetail ?? default };

    /// <summary>The pictures of the folder; null where scenes are rendered.</summary>
    public FolderSelection? Pictures =>
        Folder is not { } folder
            ? null
            : new FolderSelection(folder)
            {
                Format = Format,
                Split = Split,
                AllowHeldOut = AllowHeldOut,
                FollowOutside = FollowOutside,
                Labels = Labels,
                CaptionColumn = CaptionColumn,
                LabelSuffix = LabelSuffix,
                Caption = Caption,
                Resolution = Resolution,
                CropsPerPicture = CropsPerPicture,
                CropScale = CropScale,
                HorizontalFlips = HorizontalFlips,
                ValidationFraction = ValidationFraction,
                ValidationBlock = ValidationBlock,
                ValidationGap = ValidationGap,
                ValidationPictures = ValidationPictures,
                SkipUnreadable = SkipUnreadable,
                Seed = Seed,
            };
}
