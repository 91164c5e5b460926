using Lumen.Conditions;
using Lumen.Imaging;
using Lumen.Training.Data;

namespace Lumen.Research.Studies;

/// <summary>A held-out photo of a data set, cut to the model's size. There is one real picture of its layout: itself.</summary>
/// <param name="Index">Number of the reference.</param>
/// <param name="Labelled">The photo; class ids are positions among the classes that the judge knows.</param>
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
