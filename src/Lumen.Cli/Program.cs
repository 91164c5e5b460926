using Lumen.Core.Tensors;

using var a = new RandomStream(1).Normal(3, 3);
Console.WriteLine(a.sum().item<float>());
