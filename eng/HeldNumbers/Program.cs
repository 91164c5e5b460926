using Lumen.HeldNumbers;

if (args is not [var assembly, var references])
{
    Console.Error.WriteLine("usage: HeldNumbers ASSEMBLY FILE_OF_REFERENCES");
    return 2;
}
CallRewriter.Rewrite(assembly, File.ReadAllLines(references));
return 0;
