namespace Lumen.Augmentation;

/// <summary>What an augmentation is doing.</summary>
public enum AugmentationStage
{
    /// <summary>Copying the originals.</summary>
    Originals,

    /// <summary>Reading the held-out parts for the leak guard.</summary>
    HeldOut,

    /// <summary>Making new pictures.</summary>
    Generating,
}
