using Lumen.Conditions;
using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Research.Studies;

/// <summary>A held-out picture that others are made from.</summary>
/// <param name="Index">Number of the reference.</param>
/// <param name="Labelled">The picture with everything that is true of it.</param>
/// <param name="Prompt">What is asked for.</param>
public abstract record StudyReference(int Index, LabelledPicture Labelled, string Prompt)
{
    /// <summary>The reference's own picture.</summary>
    public Picture Picture => Labelled.Picture;

    /// <summary>The picture with what conditions are made of.</summary>
    public abstract AnnotatedPicture Annotated { get; }

    /// <summary>A real picture of the same layout.</summary>
    /// <param name="seed">Which of them, where there are several.</param>
    public abstract Picture RealVariant(int seed);
}

/// <summary>A held-out photo of a data set, cut to the model's size. There is one real picture of its layout: itself.</summary>
/// <param name="Index">Number of the reference.</param>
/// <param name="Labelled">The photo; class ids are positions among the classes that the evaluator knows.</param>
/// <param name="Prompt">Its caption.</param>
/// <param name="Source">The photo as conditions were trained on such: class ids are those of the files.</param>
public sealed record PhotoReference(int Index, LabelledPicture Labelled, string Prompt, AnnotatedPicture Source)
    : StudyReference(Index, Labelled, Prompt)
{
    /// <inheritdoc/>
    public override AnnotatedPicture Annotated => Source;

    /// <inheritdoc/>
    public override Picture RealVariant(int seed) => Picture;
}
